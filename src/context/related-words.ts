/**
 * What a word may be answered with, in everyday English: who asks for a sport is told of tennis, and
 * who asks what was bought reads that something was purchased. A search by words alone cannot know
 * this, and a model that does would cost more than the search. The list is written from general
 * knowledge, not drawn from any data set; it is a hint that weighs a fraction of a word that matches.
 */
import { termsOf } from './terms.ts'

/** Names of a kind, and things of that kind. */
const kinds = `
activity hobby pastime leisure interest: hike camp swim paint draw read cook bake garden dance sing run jog fish cycle knit sew yoga pottery photography travel game chess puzzle surf ski climb write craft volunteer
sport exercise workout athletic: football soccer basketball baseball tennis golf hockey rugby cricket volleyball badminton swim run jog marathon cycle ski snowboard skate surf box wrestle gymnastics yoga pilates gym climb row martial softball
martial: karate judo taekwondo kickboxing boxing jujitsu aikido kung muay fencing
outdoor nature: hike camp climb mountain trail forest beach lake river park picnic kayak fish garden sunset waterfall campfire
instrument: guitar piano violin drum flute cello clarinet trumpet saxophone bass ukulele harp keyboard
music: song sing band concert album guitar piano jazz rock pop classical rap hip orchestra playlist musician
dance: ballet salsa tango contemporary hip tap ballroom waltz choreography
art creative craft: paint draw sculpture pottery sketch canvas photography watercolor ceramic clay knit crochet sew gallery
pet animal: dog cat puppy kitten fish hamster rabbit bird parrot turtle snake horse guinea lizard
dog: puppy labrador retriever poodle bulldog shepherd terrier husky beagle pup
food dish meal eat cuisine: pizza pasta soup salad sandwich rice chicken steak burger taco sushi curry bread cheese cake cookie noodle stew roast grill recipe restaurant breakfast lunch dinner
dessert sweet: cake pie cookie ice cream chocolate pudding brownie cupcake sundae tart muffin candy pastry doughnut
drink beverage: coffee tea wine beer juice soda smoothie cocktail water milk whiskey
fruit: apple banana orange strawberry blueberry mango grape peach pear cherry lemon pineapple watermelon berry
vegetable: carrot tomato potato onion spinach broccoli lettuce pepper cucumber bean
diet: vegetarian vegan gluten dairy keto halal kosher calorie meat
family relative: mother father mom dad parent sister brother son daughter grandma grandmother grandpa grandfather aunt uncle cousin niece nephew husband wife child baby
child: son daughter baby toddler boy girl teen
parent: mother father mom dad
sibling: brother sister
marriage relationship status spouse partner: husband wife married single divorce engaged wedding girlfriend boyfriend fiance breakup date anniversary
job career occupation profession work employment: engineer teacher nurse doctor lawyer manager chef writer artist designer developer programmer accountant banker driver salesperson consultant journalist scientist mechanic hire interview promotion boss office company business
education study school degree: university college class course exam graduate student teacher diploma scholarship major lesson
subject major: math physics chemistry biology history psychology engineering economics literature law medicine philosophy art computer
book author novel read literature: novel author series fantasy fiction mystery biography memoir thriller poetry chapter library bookstore
movie film cinema show tv: series episode documentary comedy drama thriller horror romance actor director theater trilogy
genre: fantasy mystery romance thriller horror comedy drama fiction biography action adventure
game: chess puzzle console nintendo playstation xbox tournament card board strategy
console: nintendo playstation xbox switch sega
vehicle transport car: truck bike motorcycle bus train suv van scooter boat
repair breakdown: engine tire brake mechanic flat battery garage
trip travel vacation visit holiday journey destination: flight hotel beach tour mountain road cruise abroad museum castle city country island passport airport
city town place location: london paris rome berlin madrid tokyo york boston chicago seattle miami angeles francisco vegas toronto sydney dublin amsterdam barcelona vienna prague denver austin dallas houston atlanta portland
country nation abroad: france italy spain germany england uk britain ireland scotland japan china india canada mexico brazil australia greece sweden norway thailand egypt portugal switzerland turkey korea russia
state: california texas florida oregon washington colorado arizona nevada utah alaska hawaii georgia virginia carolina tennessee ohio michigan illinois jersey massachusetts minnesota montana
address live residence home: street apartment house move neighborhood city zip
health illness condition medical injury disease: doctor hospital surgery pain sick fever flu cold cancer diabetes asthma allergy allergic injure hurt broken sprain ankle knee back medication medicine therapy diagnose
allergy allergic: nut peanut dairy gluten pollen dust shellfish fur asthma lactose
mental stress relax destress cope: anxiety depression therapy meditation yoga mindfulness calm peace counsel breathe
feeling emotion feel mood: happy sad angry proud excited nervous anxious scared grateful relieved lonely frustrated overwhelmed thrilled disappointed
phobia fear afraid: height spider snake dark flying scared
personality trait attribute describe: kind thoughtful caring honest brave selfless patient creative funny generous driven passionate loyal supportive
identity gender orientation: transgender gay lesbian bisexual queer woman man trans lgbtq
religion religious faith spiritual: church god pray prayer bible temple mosque christian muslim jewish buddhist catholic
politics political government: election vote campaign candidate mayor senator party policy office president
military patriotic: army navy soldier veteran serve flag marine troop
charity volunteer cause donate nonprofit: shelter homeless fundraiser donation community hospice cleanup drive soup
color: red blue green yellow purple pink orange black white brown gray
clothing clothes wear outfit: shirt dress shoe jacket coat hat scarf jeans sneaker boot sweater suit skirt
jewelry accessory: necklace ring bracelet earring watch pendant
furniture home decor house: couch sofa table chair bed lamp shelf desk rug curtain kitchen bedroom apartment
weather: rain snow storm sun wind flood hurricane cold hot
disaster emergency: flood fire earthquake hurricane storm tornado accident rescue
season: spring summer autumn fall winter
holiday celebration celebrate festival: christmas easter thanksgiving halloween birthday anniversary wedding party graduation
gift present: birthday necklace ring book card flower toy
flower plant garden: rose tulip lily sunflower orchid daisy tree herb seed
tree: oak pine maple palm willow cedar
water ocean sea: beach lake river wave sail swim boat surf
goal dream plan ambition aspire: hope want save start business learn become
award achievement prize: trophy medal winner champion championship first certificate
event: concert festival conference wedding party fair parade meeting workshop exhibition show
collection collectible memorabilia: stamp coin card figurine vinyl jersey autograph signed poster
body: arm leg hand foot head back knee ankle shoulder neck
language: english spanish french german italian chinese japanese portuguese arabic korean russian
money finance budget cost: loan debt rent salary savings bank invest mortgage bill price pay income afford
brand company sponsor endorsement: nike adidas puma apple google amazon microsoft samsung sony toyota honda
business startup store shop: customer client online launch product market studio marketing
technology device gadget: phone laptop computer tablet camera app software internet printer headphone
app software tool: spreadsheet calendar email slack notion excel website jira zoom
programming code: python javascript typescript java rust go ruby php sql function library framework
database storage: postgres mysql sqlite mongodb redis backup migration index query schema
server hosting deployment cloud: aws azure docker kubernetes nginx linux release rollback
outage incident failure: down timeout crash error alert latency restart
account login access: password username email reset verification locked permission
payment checkout billing: card invoice refund charge paypal visa subscription discount receipt currency
delivery shipment order: package tracking courier arrive address warehouse return delay
contract agreement legal: clause signature term notice lawyer renewal liability
meeting appointment schedule: monday tuesday wednesday thursday friday calendar call agenda reschedule
contact: phone email address number
wildlife zoo: lion tiger bear elephant wolf deer fox monkey whale dolphin shark owl eagle
car: toyota honda ford bmw tesla volkswagen audi mercedes
hair: dye cut curly blond brunette haircut stylist
landmark attraction sightseeing: museum tower bridge statue castle cathedral temple park monument palace
landscape scenery: mountain beach desert forest canyon waterfall river valley island
accommodation stay lodging: hotel hostel tent cabin resort apartment
writing write: story novel poem script article blog journal essay letter draft publish
social: instagram facebook twitter tiktok youtube blog post follower channel video
perform performance: stage show concert theater play audience recital
fitness: gym weight cardio treadmill muscle run yoga
skill: learn practice class lesson course train
challenge difficulty obstacle struggle setback: hard tough fail reject injury lose doubt
future upcoming: plan hope tomorrow next soon
childhood memory: young grow kid remember family school
age old: born birthday year young
community: group club member neighbor meetup join
renovate remodel improvement: paint kitchen bathroom floor wall garden roof
`

/** Words that stand for one another. */
const alike = `
buy purchase shop, begin start launch open, finish complete end, job career profession occupation,
movie film, child kid, mom mother, dad father, grandma grandmother granny, grandpa grandfather,
picture photo image pic, favorite favourite fave love best, like enjoy love fond,
destress stress relax unwind calm, recommend suggest advice tip, recommendation suggestion advice,
travel trip visit journey vacation, injury injure hurt, sick ill unwell, doctor physician,
car vehicle, house home apartment, gift present, company firm business, big large huge,
small little tiny, scared afraid fear, angry upset mad, happy glad joy, sad unhappy upset,
hobby pastime, help assist support, meet encounter, friend buddy pal mate teammate,
colleague coworker workmate, boss manager, study learn, teach coach mentor instruct,
win victory champion, lose loss, quit resign leave, hire employ, talk speak chat discuss,
think believe opinion, fix repair mend solve, phone mobile cell, tv television show series,
fall autumn, own have got, exercise workout gym, competition contest tournament,
award prize trophy medal, adopt adoption, pregnant baby birth, marry wedding married,
divorce separate breakup, die death pass, eat food meal, cook recipe kitchen, money cash,
cheap inexpensive affordable, expensive costly, delay late postpone, plan intend,
error bug problem issue failure, invoice bill payment, order delivery shipment package,
cancel terminate, refund reimburse, change update modify, delete remove, choose pick decide decision,
prefer preference rather, deadline due, price cost fee, discount coupon, reject decline refuse,
accept approve agree, customer client, employee staff, lawyer attorney, flight plane airline,
hotel room stay, warranty guarantee, login password account, deploy release rollout, server host,
challenge obstacle setback struggle difficulty, inspire motivate, goal dream aim ambition,
upcoming next future, create make build, move relocate, attend join participate go, perform show,
practice train, organize arrange host, renovate remodel, receive get, give donate, near close nearby,
memory remember recall, story tale, opinion view think, childhood young, group club, book novel,
raise collect, save rescue, trouble difficulty problem, popular famous, quick fast, street road
`

const kindWeight = 0.18
const alikeWeight = 0.2

const related = new Map<string, Map<string, number>>()
for (const line of kinds.trim().split('\n')) {
  const [names = '', members = ''] = line.split(':')
  relate(termsOf(names), termsOf(`${names} ${members}`), kindWeight)
}
for (const group of alike.split(',')) relate(termsOf(group), termsOf(group), alikeWeight)

function relate(from: readonly string[], to: readonly string[], weight: number): void {
  for (const term of from) {
    const known = related.get(term) ?? new Map<string, number>()
    related.set(term, known)
    for (const other of to) {
      if (other !== term) known.set(other, Math.max(weight, known.get(other) ?? 0))
    }
  }
}

/** Terms that a text may use where the question has `term`, with their weight next to it. */
export function relatedTerms(term: string): ReadonlyMap<string, number> | undefined {
  return related.get(term)
}
