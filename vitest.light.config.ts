import {defineConfig} from 'vitest/config';
import base from './vitest.mutation.config.ts';

const only = process.env.MUT_ONLY?.split(',');
const skip = process.env.MUT_SKIP?.split(',') ?? [];
type Project = {test: {name: string; include: string[]; exclude?: string[]}};
const projects = (base as {test: {projects: Project[]}}).test.projects.map((p) => {
  if (p.test.name === 'together') return only ? {test: {...p.test, include: []}} : p;
  return {test: {...p.test, include: p.test.include.filter((f) => (only ? only.some((o) => f.includes(o)) : !skip.some((o) => f.includes(o))))}};
});
export default defineConfig({test: {projects: only ? projects.slice(1) : projects}} as never);
