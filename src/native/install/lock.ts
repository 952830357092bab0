import {createHash} from 'node:crypto';
import net from 'node:net';
import {UserError} from '../../support/index.js';

/**
 * Holds a folder against a second process on this machine while `work` runs. The lock is a socket without a file
 * (Linux's abstract namespace): the system frees it when its process ends in whatever way, so that none can be stale.
 * @throws UserError that names the process that holds it
 */
export async function withLock<T>(folder: string, work: () => Promise<T>): Promise<T> {
  const address = `\0algoperf-ts-${createHash('sha256').update(folder).digest('hex').slice(0, 32)}`;
  const server = net.createServer((asking) => asking.on('error', () => {}).end(String(process.pid)));
  const held = await new Promise<boolean>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) =>
      error.code === 'EADDRINUSE' ? resolve(false) : reject(error),
    );
    server.listen(address, () => resolve(true));
  });
  if (!held) {
    throw new UserError(
      `Another installation is writing to ${folder} (process ${await holderOf(address)}). Wait until it has ended.`,
    );
  }
  try {
    return await work();
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
}

function holderOf(address: string): Promise<string> {
  return new Promise((resolve) => {
    let id = '';
    const socket = net.connect(address);
    socket.setTimeout(1000, () => socket.destroy());
    socket.on('data', (part) => {
      id += part;
    });
    socket.on('error', () => {});
    socket.on('close', () => resolve(id || 'unknown'));
  });
}
