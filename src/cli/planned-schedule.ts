import type {ConfigSource, LoadedConfig} from '../config/index.js';
import type {DrawnSchedule, Recorder, Workload} from '../contract/index.js';

/** The schedule of a config, as a run of it would draw it before its first step. */
export interface PlannedSchedule {
  readonly drawing: DrawnSchedule;
  readonly loaded: LoadedConfig;
}

/** Asks the submission for its schedule. @throws UserError where the config is wrong, or the submission records no schedule */
export async function plannedSchedule(source: ConfigSource, workload: Workload): Promise<PlannedSchedule> {
  const {UserError} = await import('../support/index.js');
  const {checkConfig} = await import('../config/index.js');
  const {checkedDrawing, lazyModel} = await import('../submissions/index.js');
  const {loadUserModules} = await import('../training/index.js');
  const {withSubmission} = await import('./process-end.js');
  let drawing: DrawnSchedule | undefined;
  const nothing = () => {};
  const recorder: Recorder = {
    schedule(drawn) {
      drawing = checkedDrawing(drawn, source.submission);
      return 0;
    },
    scalars: nothing,
    event: nothing,
    row: nothing,
  };
  const loaded = await withSubmission(source, async (submission) => {
    const checked = checkConfig(source, submission, workload);
    await loadUserModules({submission, workload, loaded: checked});
    const model = lazyModel(() => workload.initModel([0, 0]));
    await submission.initOptimizerState({workload, model, config: checked.config, key: [0, 0], recorder});
    return checked;
  });
  if (!drawing)
    throw new UserError(`${source.submission}: initOptimizerState records no schedule, so there is none to draw`);
  return {drawing, loaded};
}
