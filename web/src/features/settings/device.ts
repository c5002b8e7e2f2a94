/** What a session's user agent tells of its machine. Names are the makers' own and the same in every language. */
export interface Device {
  /** Firefox, Chrome, curl; "" where it is not known. */
  readonly program: string
  /** Linux, Android, Windows; "" where it is not known. */
  readonly system: string
  readonly handheld: boolean
}

// Order matters: browsers name the ones they are like, so the narrower mark comes first.
const programs: [string, RegExp][] = [
  ['Edge', /\bEdg(?:e|A|iOS)?\//],
  ['Opera', /\b(?:OPR|OPX|Opera)\b/],
  ['Vivaldi', /\bVivaldi\//],
  ['Samsung Internet', /\bSamsungBrowser\//],
  ['Firefox', /\b(?:Firefox|FxiOS)\//],
  ['Chromium', /\bChromium\//],
  ['Chrome', /\b(?:Chrome|CriOS|HeadlessChrome)\//],
  ['Safari', /\bVersion\/[\d.]+.*\bSafari\//],
  ['Safari', /\bAppleWebKit\/.*\bSafari\//],
]

const systems: [string, RegExp, boolean][] = [
  ['iPadOS', /\biPad\b/, true],
  ['iOS', /\biPhone\b|\biPod\b/, true],
  ['Android', /\bAndroid\b/, true],
  ['ChromeOS', /\bCrOS\b/, false],
  ['Windows', /\bWindows\b/, false],
  ['macOS', /\bMacintosh\b|\bMac OS X\b|\bmacOS\b|\bDarwin\b/, false],
  ['FreeBSD', /\bFreeBSD\b/, false],
  ['Linux', /\bLinux\b|\bX11\b/, false],
]

/** Longest name of an unknown program that is shown. */
const maxProgram = 40

/** deviceOf reads a user agent. Programs that are no browser name themselves first: "curl/8.5.0", "beep-bot 1.2". */
export function deviceOf(userAgent: string): Device {
  const [system, , handheld] = systems.find(([, mark]) => mark.test(userAgent)) ?? ['', /x/, false]
  const browser = programs.find(([, mark]) => mark.test(userAgent))?.[0]
  return { program: browser ?? ownName(userAgent), system, handheld }
}

function ownName(userAgent: string): string {
  const name = /^[^\s/(;]+/.exec(userAgent.trim())?.[0] ?? ''
  return name === 'Mozilla' ? '' : name.slice(0, maxProgram)
}
