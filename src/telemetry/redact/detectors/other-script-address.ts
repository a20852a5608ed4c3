import type { Detector } from '../detector.ts'

/**
 * House numbers in scripts whose letters the scan does not join into words, so that no street word
 * starts a run of its own: each form is read backwards from its number, over the places it lies in.
 */
const han = '[\\p{Script=Han}々ヶケノ]'
const unit = '(?:[0-9A-Za-z-]{1,5}(?:号楼|單元|单元|号室|號室|室|樓|楼|层|階|座)){0,4}'
/** `北京市朝阳区建国路`, `台北市信義路五段`; a channel (`频道`) is no road. */
const chineseStreet = new RegExp(
  `(?:${han}{1,16}[省市区區县縣州镇鎮乡鄉])?${han}{1,6}(?:路|街|大道|巷|弄|胡同)(?:[一二三四五六七八九十]段)?$`,
  'u',
)
const chineseNumber = new RegExp(`\\d{1,5}(?:[-之]\\d{1,4})?[号號](?!线|線|文)${unit}`, 'uy')
/** `東京都千代田区千代田`: the name of a quarter has to stand in a named ward, town or village. */
const japaneseQuarter = new RegExp(
  `${han}{1,10}[都道府県市区郡町村][\\p{Script=Han}ぁ-ヶー]{1,12}$`,
  'u',
)
const japaneseNumber =
  /\d{1,3}(?:-\d{1,4}){1,3}(?:号室|号)?(?![\d-])|\d{1,3}丁目(?:\d{1,4}番地?(?:の?\d{1,4})?(?:-\d{1,4})?号?|\d{1,4}(?:-\d{1,4}){0,2})?/uy
/** `서울특별시 강남구 테헤란로 `: the ending of a street is a particle as well, so a district goes before. */
const koreanStreet =
  /(?:\p{Script=Hangul}{2,8}(?:시|도) )?\p{Script=Hangul}{1,6}[시군구읍면] \p{Script=Hangul}{1,8}(?:로|길) ?$/u
const koreanNumber =
  /\d{1,4}(?:-\d{1,4})?(?:번길 \d{1,4})?(?=\s*(?:$|[,.)(\n]|번지|에|입니다|\d+(?:층|호|동)))/uy
const hebrewStreet = /(?:רחוב|רח'|שדרות|שד') [\p{Script=Hebrew}"' -]{2,24} $/u
const arabicStreet = /شارع [\p{Script=Arabic} ]{2,24} (?:رقم )?$/u
const thaiStreet = /ถนน ?\p{Script=Thai}{2,24}(?: เลขที่)? ?$/u
const plainNumber = /\d{1,4}(?:[-/]\d{1,4})?(?![\d.,:%/-]\d|\d)/uy
const lookBack = 40

/** Addresses of East Asia, Israel, Arabia and Thailand: the street or quarter, and the number behind. */
export const otherScriptAddress: Detector = {
  triggers: ['digits', 'short-digits'],
  detect(scan, start) {
    const before = scan.text.charCodeAt(start - 1)
    if (before !== 0x20 && before < 0xe00) return
    const lead = scan.text.slice(Math.max(0, start - lookBack), start)
    for (const [street, number] of forms) {
      const name = street.exec(lead)?.[0]
      if (!name) continue
      number.lastIndex = start
      const length = number.exec(scan.text)?.[0].length
      if (!length) continue
      scan.report('STREET_ADDRESS', start - name.length, start + length, 'context')
      return scan.skipTo(start + length)
    }
  },
}

const forms: readonly (readonly [RegExp, RegExp])[] = [
  [chineseStreet, chineseNumber],
  [japaneseQuarter, japaneseNumber],
  [koreanStreet, koreanNumber],
  [hebrewStreet, plainNumber],
  [arabicStreet, plainNumber],
  [thaiStreet, plainNumber],
]
