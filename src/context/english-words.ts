/** Words of English that say too little to be searched for. */
export const stopWords: ReadonlySet<string> = new Set(
  `a about after all also am an and any are as at be because been before being but by can could d did
  do does doing don down each for from get go got had has have having he her here hers him his how i
  if im in into is it its itself ive just let like ll m many may me might more most much my myself no
  not now of off ok okay on once one only or other our out over own re s same shall she should so some
  such t than that the their them then there these they this those through to too up us ve very was we
  were what when where which while who whom whose why will with would yeah yes you your yours`.split(
    /\s+/,
  ),
)

const irregular = `be is was were been am are being, bear bore born, beat beaten, become became, begin began begun,
  bend bent, bind bound, bite bit bitten, bleed bled, blow blew blown, break broke broken, breed bred,
  bring brought, build built, burn burnt, buy bought, catch caught, choose chose chosen, come came,
  creep crept, deal dealt, dig dug, do did done does, draw drew drawn, dream dreamt, drink drank drunk,
  drive drove driven, eat ate eaten, fall fell fallen, feed fed, feel felt, fight fought, find found,
  fly flew flown, forget forgot forgotten, forgive forgave forgiven, freeze froze frozen,
  get got gotten, give gave given, go went gone goes, grow grew grown, hang hung, have had has,
  hear heard, hide hid hidden, hold held, keep kept, know knew known, lay laid, lead led, leap leapt,
  learn learnt, leave left, lend lent, lie lay lain, light lit, lose lost, make made, mean meant,
  meet met, pay paid, ride rode ridden, ring rang rung, rise rose risen, run ran, say said, see saw seen,
  seek sought, sell sold, send sent, sew sewn, shake shook shaken, shine shone, shoot shot, show shown,
  shrink shrank shrunk, sing sang sung, sink sank sunk, sit sat, sleep slept, slide slid,
  speak spoke spoken, speed sped, spend spent, spin spun, stand stood, steal stole stolen, stick stuck,
  sting stung, strike struck, swear swore sworn, sweep swept, swim swam swum, swing swung,
  take took taken, teach taught, tear tore torn, tell told, think thought, throw threw thrown,
  understand understood, wake woke woken, wear wore worn, weave wove woven, win won,
  withdraw withdrew withdrawn, write wrote written, child children kid kids, man men, woman women,
  person people, foot feet, tooth teeth, mouse mice, wife wives, life lives, knife knives,
  leaf leaves, half halves, shelf shelves, one 1, two 2, three 3, four 4, five 5, six 6, seven 7,
  eight 8, nine 9, ten 10, first 1st, second 2nd, third 3rd`

/** The plain form of a word whose forms share no stem: `went` is `go`, `children` is `child`. */
export const plainForms: ReadonlyMap<string, string> = new Map(
  irregular.split(',').flatMap((entry) => {
    const [plain = '', ...forms] = entry.trim().split(/\s+/)
    return forms.map((form) => [form, plain] as const)
  }),
)
