export * from './load.js';
export {type Override, parseOverrides} from './overrides.js';
export {jsonSchemaFor, type RunConfig, schemaFor} from './schema.js';
