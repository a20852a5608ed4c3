import type { Detector } from '../detector.ts'

/** Programs that take a password on the command line, and the flag before it. */
const flags: readonly (readonly [programs: string, flag: RegExp])[] = [
  ['openssl', /-(?:k|pass(?:in|out)?)[ ]+(?:pass:)?["']?([^\s"']{4,128})/g],
  ['curl wget http https', /(?:-u|--user|--proxy-user)[ =]+["']?[^\s:"']{1,64}:([^\s"']{3,128})/g],
  ['sshpass', /-p[ ]?["']?([^\s"']{3,128})/g],
  ['mysql mysqldump mysqladmin mariadb', /-p(?![ ])["']?([^\s"'-][^\s"']{2,128})/g],
  ['7z 7za zip unzip', /-[pP][ ]?["']?([^\s"'-][^\s"']{2,128})/g],
  [
    'docker podman helm az skopeo',
    /login[ ][^\n]{0,120}?(?:-p|--password)[ =]+["']?([^\s"'$-][^\s"']{3,128})/g,
  ],
  ['net', /user[ ]+[^\s/"']{1,64}[ ]+["']?([^\s/"'*][^\s"']{3,128})/g],
  ['redis', /-a[ ]+["']?([^\s"']{3,128})/g],
  ['htpasswd', /-\w*b\w*[ ]+\S{1,64}[ ]+\S{1,64}[ ]+["']?([^\s"']{3,128})/g],
  ['ldapsearch ldapadd ldapmodify', /-w[ ]+["']?([^\s"']{3,128})/g],
  ['mongosh mongo mongodump', /(?:-p|--password)[ =]+["']?([^\s"'$-][^\s"']{3,128})/g],
  ['smbclient rpcclient', /-U[ ]+["']?[^\s%"']{1,64}%([^\s"']{3,128})/g],
]
const lineReach = 240
const longestProgram = 10
const byProgram = new Map(
  flags.flatMap(([programs, flag]) => programs.split(' ').map((program) => [program, flag])),
)

/** Passwords given to programs as arguments: `curl -u bob:…`, `mysql -p…`, `openssl enc -k …`. */
export const commandLine: Detector = {
  triggers: ['word', 'code', 'short-code'],
  words: [...byProgram.keys()],
  detect(scan, start, end) {
    if (end - start > longestProgram) return
    const flag = byProgram.get(scan.text.slice(start, end).toLowerCase())
    if (!flag || !/[ -]/.test(scan.text.charAt(end))) return
    const line = scan.text.slice(end, end + lineReach).split('\n', 1)[0] ?? ''
    for (const match of line.matchAll(flag)) {
      const value = match[1] ?? ''
      if (/^[$<{]/.test(value)) continue
      const valueEnd = end + match.index + match[0].length
      if (!/[ \t]/.test(line.charAt(match.index - 1))) continue
      scan.report('PASSWORD', valueEnd - value.length, valueEnd, 'context')
    }
  },
}
