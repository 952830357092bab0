export {checkConfig, type LoadedConfig} from './check.js';
export {keyTable} from './key-table.js';
export {pathText} from './locate.js';
export {type Override, parseOverrides} from './overrides.js';
export {problemsOfIssues} from './problems.js';
export {type ConfigSource, type ReadOptions, readConfig} from './read.js';
export {jsonSchemaFor, type RunConfig, schemaFor} from './schema.js';
export {stemOf} from './stem.js';
export {configTemplate, type Template, type TemplateOptions} from './template.js';
