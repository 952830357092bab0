export {checkConfig, type LoadedConfig} from './check.js';
export {fileMistakes, placeIn} from './file-mistakes.js';
export {keyTable} from './key-table.js';
export {type ConfigKey, keysOf} from './keys.js';
export {type ConfigPath, pathText} from './locate.js';
export {mistakesText} from './mistakes-text.js';
export {keyNamed, unknownNameMessage} from './named-key.js';
export {isWithin, type Override, parseOverrides, parsePath} from './overrides.js';
export {type Problem, problemsOfIssues, quoted} from './problems.js';
export {
  type ConfigSource,
  type ReadOptions,
  readConfig,
  readYaml,
  withChanges,
  withoutOwnKeys,
  type YamlFile,
} from './read.js';
export {findConfig, findSearchSpace} from './sample.js';
export {commonKeys, jsonSchemaFor, type RunConfig, schemaFor} from './schema.js';
export {stemOf} from './stem.js';
export {configTemplate, type Template, type TemplateOptions} from './template.js';
