export * from './archive.js';
export * from './data-folder.js';
export * from './download.js';
export * from './file-lock.js';
export * from './http.js';
