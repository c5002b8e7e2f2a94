import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Beep, freePort, type Settings } from './beep'

const answersWithinMs = 10_000

/** A redis-server of its own, which a test may freeze. */
export class Redis {
  private constructor(
    private readonly child: ChildProcess,
    private readonly folder: string,
    readonly address: string,
  ) {}

  static async start(): Promise<Redis> {
    const folder = await mkdtemp(join(tmpdir(), 'beep-redis-'))
    const port = await freePort()
    const args = ['--bind', '127.0.0.1', '--port', String(port), '--save', '', '--appendonly', 'no', '--dir', folder]
    const child = spawn('redis-server', args, { stdio: 'ignore' })
    process.on('exit', () => child.kill('SIGKILL'))
    const failed = once(child, 'error').then(([error]) => Promise.reject(error as Error))
    await Promise.race([answers(port), failed])
    return new Redis(child, folder, `127.0.0.1:${port}`)
  }

  /** It answers nobody; its connections stay open. */
  freeze(): void {
    this.child.kill('SIGSTOP')
  }

  thaw(): void {
    this.child.kill('SIGCONT')
  }

  async stop(): Promise<void> {
    const gone = once(this.child, 'exit')
    this.child.kill('SIGKILL')
    await gone
    await rm(this.folder, { recursive: true, force: true, maxRetries: 3 })
  }
}

async function answers(port: number): Promise<void> {
  const end = Date.now() + answersWithinMs
  for (;;) {
    const socket = connect(port, '127.0.0.1')
    const up = await Promise.race([once(socket, 'connect').then(() => true), once(socket, 'error').then(() => false)]).catch(
      () => false,
    )
    socket.destroy()
    if (up) return
    if (Date.now() > end) throw new Error(`redis-server does not answer on port ${port}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}

/** Two nodes over one Cassandra (BEEP_CQL_HOSTS) and a Redis of their own. */
export class Cluster {
  private constructor(
    readonly nodes: readonly [Beep, Beep],
    readonly redis: Redis,
  ) {}

  static async start(settings: Settings = {}): Promise<Cluster> {
    const hosts = process.env.BEEP_CQL_HOSTS
    if (!hosts) throw new Error('BEEP_CQL_HOSTS is not set: make e2e-cluster starts the stack and sets it')
    const redis = await Redis.start()
    const shared: Settings = {
      BEEP_STORE_ENGINE: 'cql',
      BEEP_CQL_HOSTS: hosts,
      BEEP_CQL_REPLICATION: process.env.BEEP_CQL_REPLICATION ?? '1',
      BEEP_CQL_KEYSPACE: `e2e_${crypto.randomUUID().slice(0, 8)}`,
      BEEP_REDIS_ADDRS: redis.address,
      ...settings,
    }
    const first = await Beep.start(shared) // it makes the keyspace
    return new Cluster([first, await Beep.start(shared)], redis)
  }

  async stop(): Promise<void> {
    for (const node of this.nodes) await node.stop()
    await this.redis.stop()
  }
}
