import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { access, mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Settings of a node, as environment variables (BEEP_...). */
export type Settings = Record<string, string>

const binary = process.env.BEEP_BINARY ?? fileURLToPath(new URL('../../../bin/beep', import.meta.url))
/** Compiled plugins are the same for every node of this binary: the first one keeps them for the others. */
const compiled = fileURLToPath(new URL('../../node_modules/.cache/beep-plugins', import.meta.url))
const startWithinMs = 30_000
const stopWithinMs = 20_000

// Nothing here is about limits unless it says so: a test that sets a limit meets that one only.
const unlimited: Settings = {
  BEEP_LIMITS_MESSAGE_RATE: '0',
  BEEP_LIMITS_REQUEST_RATE: '0',
  BEEP_LIMITS_REGISTER_RATE: '0',
  BEEP_LIMITS_LOGIN_RATE: '0',
  BEEP_LIMITS_CREATE_RATE: '0',
  BEEP_LIMITS_JOIN_RATE: '0',
}

/** A real node, a process of its own with its own data, on the same port at each start. */
export class Beep {
  /** Address of pages and interface. */
  readonly base: string
  private child: ChildProcess | undefined
  private log = ''

  private constructor(
    private readonly folder: string,
    private readonly env: Settings,
    port: number,
    private readonly admin: string,
  ) {
    this.base = `http://127.0.0.1:${port}`
  }

  /** Starts a node on an empty data folder. */
  static async start(settings: Settings = {}): Promise<Beep> {
    await access(binary).catch(() => Promise.reject(new Error(`${binary} is not there: make build`)))
    const folder = await mkdtemp(join(tmpdir(), 'beep-e2e-'))
    const port = await freePort()
    const admin = `127.0.0.1:${await freePort()}`
    const env = {
      ...unlimited,
      BEEP_HTTP_LISTEN: `127.0.0.1:${port}`,
      BEEP_ADMIN_LISTEN: admin,
      BEEP_DATA_DIR: join(folder, 'data'),
      BEEP_STORE_MIN_FREE: '16MB',
      BEEP_LOG_ACCESS: 'false',
      BEEP_LOG_LEVEL: 'warning',
      BEEP_DRAIN_MAX: '1s',
      BEEP_PLUGINS_CACHE_DIR: compiled,
      ...settings,
    }
    const beep = new Beep(folder, env, port, `http://${admin}`)
    await beep.restart()
    return beep
  }

  /** Starts the process again, after kill, on the same data. Resolves when it answers. */
  async restart(): Promise<void> {
    if (this.child) throw new Error('it is running')
    const child = spawn(binary, ['serve'], { env: { PATH: process.env.PATH, HOME: this.folder, ...this.env }, cwd: this.folder })
    this.child = child
    living.add(child)
    child.once('exit', () => living.delete(child))
    this.log = ''
    const started = new Promise<void>((resolve, reject) => {
      const note = (text: Buffer) => {
        this.log += text.toString()
        if (this.log.includes('is running')) resolve()
      }
      child.stdout.on('data', note)
      child.stderr.on('data', note)
      child.once('error', reject)
      child.once('exit', (code, signal) => reject(new Error(`the node ended: ${code ?? signal}\n${this.log}`)))
    })
    const late = setTimeout(() => child.kill('SIGKILL'), startWithinMs)
    await started.finally(() => clearTimeout(late))
  }

  /** kill -9. Resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.end('SIGKILL')
  }

  /** Ends the process and removes its data. */
  async stop(): Promise<void> {
    if (this.child) await this.end('SIGTERM')
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }

  /** A number the node tells operators, such as beep_sse_connections: the streams open now. */
  async metric(name: string): Promise<number> {
    const text = await (await fetch(this.admin + '/metrics')).text()
    const value = new RegExp(`^${name} (.*)$`, 'm').exec(text)?.[1]
    if (value === undefined) throw new Error(`no metric ${name}`)
    return Number(value)
  }

  /** What the process has written since its start. */
  output(): string {
    return this.log
  }

  private async end(signal: NodeJS.Signals): Promise<void> {
    const child = this.child
    if (!child) throw new Error('it is not running')
    this.child = undefined
    const gone = once(child, 'exit')
    child.kill(signal)
    const late = setTimeout(() => child.kill('SIGKILL'), stopWithinMs)
    await gone
    clearTimeout(late)
  }
}

// A run that is interrupted leaves no node behind.
const living = new Set<ChildProcess>()
process.on('exit', () => living.forEach((child) => child.kill('SIGKILL')))

/** A port of this machine that nobody listens on. */
export async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  server.close()
  await once(server, 'close')
  if (address === null || typeof address === 'string') throw new Error('no port')
  return address.port
}
