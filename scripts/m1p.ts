import { goWhereNpmWasCalled } from "./from-where.ts";

// `npm run m1p -- …`, from any folder of a checkout, is `m1p …` there.
goWhereNpmWasCalled();
await import("../src/cli/m1p.ts");
