/** The scripted model as a process of its own: prints its origin and serves until it is ended. Words: [script as JSON]. */
import type { ModelScript } from "../test/servers/model-script.ts";
import { startScriptedModel } from "../test/servers/scripted-model.ts";

const [script] = process.argv.slice(2);
const { origin } = await startScriptedModel(script === undefined ? undefined : (JSON.parse(script) as ModelScript));
process.stdout.write(`${origin}\n`);
