import { mkdir, writeFile } from 'node:fs/promises'
import { cpus, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'

/** One figure; goal is the most it may be. */
export interface Figure {
  name: string
  value: number
  unit: string
  goal?: number
  note?: string
}

/** A quantile of samples, by the nearest rank. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = samples.toSorted((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.ceil(q * sorted.length) - 1)] ?? NaN
}

/** Collects figures, prints them as a table and keeps them as JSON. */
export class Report {
  readonly figures: Figure[] = []

  add(name: string, value: number, unit: string, goal?: number, note?: string): void {
    this.figures.push({ name, value: Math.round(value * 10) / 10, unit, goal, note })
    console.log(`bench: ${name}: ${this.figures.at(-1)?.value} ${unit}`)
  }

  /** The median and the 95th percentile, which the goal is about. */
  addTimes(name: string, samples: readonly number[], goal: number): void {
    this.add(`${name}, median`, quantile(samples, 0.5), 'ms', goal)
    this.add(`${name}, p95`, quantile(samples, 0.95), 'ms', goal, `${samples.length} samples`)
  }

  table(): string {
    const rows = this.figures.map(({ name, value, unit, goal, note }) => [
      name,
      `${value} ${unit}`,
      goal === undefined ? '' : `<= ${goal}`,
      goal === undefined ? '' : value <= goal ? 'met' : 'NOT MET',
      note ?? '',
    ])
    const all = [['figure', 'value', 'goal', '', ''], ...rows]
    const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
    return all
      .map((row) =>
        row
          .map((cell, i) => cell.padEnd(widths[i] ?? 0))
          .join('  ')
          .trimEnd(),
      )
      .join('\n')
  }

  /** Writes the figures with the machine they were taken on, and gives the file's path. */
  async keep(browser: string): Promise<string> {
    const folder = fileURLToPath(new URL('results', import.meta.url))
    await mkdir(folder, { recursive: true })
    const at = new Date().toISOString()
    const file = `${folder}/${at.replace(/[-:]|\.\d+/g, '')}.json`
    const machine = { processors: cpus().length, model: cpus()[0]?.model, memory_gb: Math.round(totalmem() / 2 ** 30), browser }
    await writeFile(file, JSON.stringify({ at, machine, figures: this.figures }, null, 2) + '\n')
    return file
  }
}
