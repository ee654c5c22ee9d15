export { VirtualClock } from "../base/virtual-clock.ts";
export { AttemptFailed } from "../model/attempt-failed.ts";
export { diskWith, fullAt, killAt } from "./disk-faults.ts";
export type { DiskFault, DiskWrite } from "./disk-faults.ts";
export { ScriptedModel } from "./scripted-model.ts";
export type { ScriptedCall, TestReply } from "./scripted-model.ts";
