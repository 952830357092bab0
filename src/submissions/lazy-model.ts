import type {InitialModel} from '../contract/index.js';

/** A model that is made when its parts are first looked at, and once. */
export function lazyModel(make: () => InitialModel): InitialModel {
  let made: InitialModel | undefined;
  const model = (): InitialModel => {
    made ??= make();
    return made;
  };
  return {
    get params() {
      return model().params;
    },
    get modelState() {
      return model().modelState;
    },
  };
}
