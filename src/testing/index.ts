/**
 * Faults on purpose, for tests of your own: models and disks that fail, clocks that a test turns.
 * @module m1-parallel/testing
 */
export { VirtualClock } from "../base/virtual-clock.ts";
export { AttemptFailed, type AttemptFailureCode, type AttemptFailureDetails } from "../model/attempt-failed.ts";
export type { RefusalCause, RefusedForLoad } from "../model/pacing/refusal-cause.ts";
export { diskWith, fullAt, killAt } from "./disk-faults.ts";
export type { DiskFault, DiskWrite } from "./disk-faults.ts";
export { FaultyModel } from "./faulty-model.ts";
export type { FaultyModelOptions, ModelFault } from "./faulty-model.ts";
export { MortalProcess } from "./mortal-process.ts";
export { ScriptedModel } from "./scripted-model.ts";
export type { ScriptedCall, TestReply } from "./scripted-model.ts";
export { SimulatedDisk } from "./simulated-disk.ts";
export type { SimulatedDiskAccess, SimulatedDiskFault, SimulatedDiskOptions } from "./simulated-disk.ts";
