import { createPdf } from './pdf-writer.ts'

/** An invoice with stacked labels, a table of items, and totals set to the right. */
export async function invoicePdf(): Promise<Uint8Array> {
  const pdf = await createPdf('Invoice NT-2043')
  const { left, right } = pdf
  pdf.row([['Northwind Traders', left, { size: 20, bold: true, tone: 'accent' }]], 26)
  pdf.row([['Quay 14, 20457 Hamburg, Germany', left, { size: 9, tone: 'soft' }]], 13)
  pdf.row([['INVOICE', right, { size: 16, bold: true, alignRight: true }]], 34)
  pdf.row(
    [
      ['From', left, { size: 8, tone: 'soft' }],
      ['Bill to', 320, { size: 8, tone: 'soft' }],
    ],
    12,
  )
  pdf.row([
    ['Northwind Traders GmbH', left, { bold: true }],
    ['Harbour Bicycle Works Ltd', 320, { bold: true }],
  ])
  pdf.row(
    [
      ['VAT DE 811 907 980', left],
      ['22 Mill Lane, Leith EH6 6TJ, Scotland', 320],
    ],
    30,
  )
  const label = { size: 8, tone: 'soft' } as const
  pdf.row(
    [
      ['Invoice number', left, label],
      ['Invoice date', 180, label],
      ['Due date', 320, label],
      ['Your order', 450, label],
    ],
    12,
  )
  pdf.row(
    [
      ['NT-2043', left],
      ['14 March 2026', 180],
      ['13 April 2026', 320],
      ['PO-7781', 450],
    ],
    34,
  )
  pdf.rule()
  const head = { size: 9, bold: true } as const
  const number = { size: 9, alignRight: true } as const
  pdf.row(
    [
      ['Item', left, head],
      ['Quantity', 340, { ...head, alignRight: true }],
      ['Unit price', 430, { ...head, alignRight: true }],
      ['Amount', right, { ...head, alignRight: true }],
    ],
    18,
  )
  pdf.rule()
  const items = [
    ['Steel bolts M8, box of 100', '12', '14.50', '174.00'],
    ['Brake cable, stainless, 2 m', '80', '3.20', '256.00'],
    ['Cargo bike frame, 26 inch', '4', '310.00', '1,240.00'],
    ['Express delivery', '1', '48.50', '48.50'],
  ]
  for (const [item = '', quantity = '', price = '', amount = ''] of items) {
    pdf.row(
      [
        [item, left, { size: 9 }],
        [quantity, 340, number],
        [price, 430, number],
        [amount, right, number],
      ],
      17,
    )
  }
  pdf.rule()
  const totals = [
    ['Subtotal', '1,718.50'],
    ['VAT 19 %', '326.52'],
  ]
  for (const [name = '', amount = ''] of totals)
    pdf.row([
      [name, 340],
      [amount, right, { alignRight: true }],
    ])
  pdf.row(
    [
      ['Total due', 340, { bold: true, size: 12 }],
      ['EUR 2,045.02', right, { bold: true, size: 12, alignRight: true }],
    ],
    40,
  )
  pdf.row([
    ['IBAN: DE89 3704 0044 0532 0130 00', left],
    ['BIC: COBADEFFXXX', 320],
  ])
  pdf.paragraph(
    'Please pay within 30 days and name the invoice number. Goods remain our property until they are paid in full.',
    { size: 9, tone: 'soft' },
  )
  return pdf.save()
}

/** A contract in prose over three pages: what it says stands in sentences, not behind labels. */
export async function contractPdf(): Promise<Uint8Array> {
  const pdf = await createPdf('Services agreement')
  pdf.row([['Services Agreement', pdf.left, { size: 20, bold: true }]], 36)
  for (const [heading, ...paragraphs] of contract) {
    if (heading === '5. Confidentiality' || heading === '9. General') pdf.newPage()
    pdf.row([[heading ?? '', pdf.left, { size: 12, bold: true, tone: 'accent' }]], 20)
    for (const paragraph of paragraphs) pdf.paragraph(paragraph)
    pdf.y += 6
  }
  return pdf.save()
}

const contract: readonly (readonly string[])[] = [
  [
    'Parties',
    'This Services Agreement is made between Meridian Analytics BV and Highland Water Trust. Meridian Analytics has its seat at Keizersgracht 62 in Amsterdam, the Trust at 9 Castle Street in Inverness.',
    'Effective date: 1 May 2026.',
  ],
  [
    '1. Services',
    'Meridian Analytics measures the quality of the water at the eleven reservoirs of the Trust and reports on it every month. A report is complete when it names each reservoir, the time of each sample and the person who took it.',
    'Samples are taken on working days between 7 and 11 in the morning. When a reservoir cannot be reached, Meridian Analytics says so on the same day and takes the sample within three working days.',
  ],
  [
    '2. Fee',
    'The monthly fee is EUR 4,750.00. It covers all samples, travel and reports. Samples beyond eleven in a month are charged at EUR 210.00 each.',
    'Invoices are sent on the first day of the month and are payable within 21 days. On late payments interest of 4 per cent a year is due.',
  ],
  [
    '3. Term',
    'This agreement runs for an initial term of 24 months. After that it is renewed for one year at a time, unless a party ends it before.',
  ],
  [
    '4. Termination',
    'Either party may terminate this agreement in writing with a notice period of 90 days. The Trust may terminate at once when two reports in a row are missing.',
  ],
  [
    '5. Confidentiality',
    'Each party keeps secret what it learns of the business of the other. This duty lasts for five years after the end of the agreement. It does not hold for what is known to the public, or has to be disclosed by law.',
  ],
  [
    '6. Data',
    'The measurements belong to the Trust. Meridian Analytics may use them in a form in which no reservoir can be recognised. Copies are kept for ten years and then deleted.',
  ],
  [
    '7. Liability',
    'The liability of each party is limited to EUR 57,000.00 in a year of the agreement. This limit does not hold for intent or gross negligence.',
  ],
  [
    '8. Force majeure',
    'A party that is kept from its duties by flood, frost or strike is free of them for as long as this lasts, and tells the other at once.',
  ],
  [
    '9. General',
    'Changes of this agreement have to be made in writing. If one of its clauses is void, the others remain in force.',
    'This agreement is governed by the laws of Scotland. The courts of Inverness have jurisdiction.',
  ],
  [
    'Signatures',
    'Amsterdam, 17 April 2026: Femke de Wit, director of Meridian Analytics BV.',
    'Inverness, 21 April 2026: Alasdair Munro, secretary of the Highland Water Trust.',
  ],
]

/** A résumé: lists under headings, and dates that belong to different posts. */
export async function resumePdf(): Promise<Uint8Array> {
  const pdf = await createPdf('Résumé of Ines Carvalho')
  const { left } = pdf
  pdf.row([['Ines Carvalho', left, { size: 22, bold: true }]], 28)
  pdf.row([['Process engineer', left, { size: 12, tone: 'accent' }]], 24)
  const facts = [
    ['E-mail', 'ines.carvalho@example.com'],
    ['Phone', '+351 912 555 014'],
    ['Location', 'Porto, Portugal'],
  ]
  for (const [name = '', value = ''] of facts)
    pdf.row(
      [
        [name, left, { size: 9, tone: 'soft' }],
        [value, 140],
      ],
      15,
    )
  pdf.y += 12
  const heading = (words: string) =>
    pdf.row([[words, left, { size: 12, bold: true, tone: 'accent' }]], 19)
  heading('Experience')
  pdf.row([
    ['Lead process engineer, Douro Ceramics', left, { bold: true }],
    ['2021 to today', 430],
  ])
  pdf.paragraph(
    'Cut the energy of the drying line by 18 per cent in two years. Leads a team of six and trains apprentices.',
  )
  pdf.row([
    ['Process engineer, Atlantic Paper', left, { bold: true }],
    ['2016 to 2021', 430],
  ])
  pdf.paragraph('Brought a second paper machine into service, four weeks ahead of plan.')
  heading('Education')
  pdf.row(
    [
      ['MSc Chemical Engineering, University of Porto', left],
      ['2016', 430],
    ],
    26,
  )
  heading('Skills')
  pdf.paragraph('Skills: process control, statistics, Python, lean production, project management')
  heading('Languages')
  pdf.paragraph('Languages: Portuguese, English, German')
  return pdf.save()
}
