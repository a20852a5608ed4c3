/** Words after a name that make it a street, unmistakable in English: `742 Evergreen Terrace`. */
export const streetEnd =
  'street|avenue|road|boulevard|blvd|lane|terrace|parkway|pkwy|highway|hwy|crescent|mews|esplanade|turnpike|causeway|st|ave|av|rd|ln|ter|terr|cres|expressway|freeway|promenade|embankment|broadway'
/** Words that are a street only where an address is expected: not so in `100 Best Drive songs`. */
export const looseStreetEnd =
  'drive|dr|court|ct|place|pl|square|sq|way|circle|cir|close|grove|gardens|gdns|row|walk|hill|rise|quay|alley|trail|trl|loop|plaza|park|view|green|ridge|point|crossing|path|pass|run|gate|wharf|vale|heights|meadow|meadows|mount|fields|common|commons|bend|cove|manor|glen|landing|bridge|harbor|harbour|greens|utca|út|útja|tér|tere|körút|köz|sor|rakpart|caddesi|sokak|sokağı|bulvarı|gatvė'
/** Words between the name and the house number: `Lange Straße 5`, `Atatürk Caddesi 25`, `Невский проспект 12`. */
export const trailingStreet =
  'straße|strasse|gasse|allee|caddesi|cad.|sokak|sokağı|sok.|bulvarı|utca|útja|körút|rakpart|gatvė|prospektas|улица|проспект|переулок|бульвар|шоссе|вулиця'
/** Words before a name that make it a street; those of one or two letters need their dot. */
export const streetStart =
  'rue|avenue|avda|avenida|boulevard|bld|blvd|quai|chemin|allée|allee|impasse|faubourg|calle|paseo|plaza|plaça|carrer|camino|carretera|ronda|via|viale|piazza|piazzale|corso|vicolo|largo|strada|contrada|rua|travessa|praça|alameda|estrada|ulica|aleja|aleje|osiedle|улица|проспект|переулок|бульвар|jalan|calea|bulevardul|bulevar|trg|rruga|zona|place|cours|passage'
export const shortStreetStart = 'ul|al|pl|os|av|bd|cl|str|jl|ул|пр|пер|pza|avda|str'
/** Ends of compound street names of German, Dutch and the Nordic languages. */
export const compoundEnd =
  'straße|strasse|str|weg|gasse|gässchen|platz|allee|damm|ufer|chaussee|steig|stieg|pfad|graben|straat|laan|gracht|plein|singel|dijk|dreef|steenweg|gatan|gata|vägen|veien|vegen|vej|alléen|allén|torget|torv|plass|plads|stræde|bakken|stien|stigen|stígur|vegur|braut|katu|kuja|polku|tori|uulitsa|tänav|puiestee|iela|markt'
/** Ends that other words share (`Spring 2024`, `iPad 10`, `Brigade 3`). */
export const looseCompoundEnd =
  'ring|hof|gate|gade|kade|tie|pad|promenade|zeile|ranta|rinne|kai|berg|feld'
/** Parts of a building; with a number beside them they belong to an address. */
export const unitWord =
  'apt|apto|blk|apartment|suite|ste|unit|flat|floor|room|bldg|building|piso|puerta|interior|dpto|depto|daire|кв|квартира|корп|корпус|оф|wohnung|whg|appartement|appt|bâtiment|étage|interno|lokal|block|tower|penthouse'
/** Two-letter codes of US states and Canadian provinces, and Australian states. */
export const states =
  'A[KLRZ]|C[AOT]|D[CE]|FL|GA|HI|I[ADLN]|K[SY]|LA|M[ADEINOST]|N[CDEHJMVY]|O[HKR]|PA|PR|RI|S[CD]|T[NX]|UT|V[AT]|W[AIVY]|AB|BC|MB|N[BLSTU]|ON|PE|QC|SK|YT|NSW|VIC|QLD|TAS|ACT'
export const ukPostcode = '[A-Z]{1,2}\\d[A-Z\\d]? ?\\d[A-Z]{2}'
export const canadianPostcode = '[A-Z]\\d[A-Z] ?\\d[A-Z]\\d'
/** Small words inside names of streets and places. */
export const particle =
  "(?:de|du|des|del|della|degli|dei|delle|dello|di|da|do|dos|das|la|le|les|los|las|el|l'|d'|of|the|van|der|den|von|am|an|und|and|y|e|i|na|nad|pod|sur|en|ten|ter|'s|św\\.|gen\\.|ks\\.)"

/** Each word of a list in lower case, with a capital and in capitals. */
export function inAnyCase(words: string): string {
  return words
    .split('|')
    .flatMap((word) => [word, word.charAt(0).toUpperCase() + word.slice(1), word.toUpperCase()])
    .join('|')
}
