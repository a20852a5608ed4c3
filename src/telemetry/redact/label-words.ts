/**
 * Words that name what a number near them is. A number alone is seldom told from another; people and
 * programs nearly always label it, in prose (`my cell is …`), forms (`Tel.: …`) or keys (`"mobile":…`).
 * The scan notes the last label of each topic as it passes, so asking costs nothing per candidate.
 */
export const topics = [
  'phone',
  'number',
  'card',
  'thing',
  'id',
  'place',
  'document',
  'identity',
  'passport',
  'birth',
  'secret',
  'password',
] as const
export type Topic = (typeof topics)[number]

const latin: Record<Topic, string> = {
  phone: `tel tels telephone telefon telefono teléfono telefone telefoon telefonnummer telefonnr telefax
    phone phones mobile mobiles cell cells cellphone cellular fax faxes ph call called calling callback
    dial dialed dialled ring rang text texted texting sms whatsapp viber imessage facetime reach reached
    contact hotline helpline landline voicemail pager answering message messages registered msisdn
    telephonenumber phonenumber mobilenumber contactnumber homephone workphone mobilephone phoneno
    handy handynummer mobil mobilnummer mobiltelefon festnetz rufnummer rückruf anruf anrufen ruf rufen
    durchwahl erreichbar erreichen büro tél téléphone portable appelez appeler appelle appel joindre fixe
    rappelez gsm natel móvil movil cel celular llámame llamame llama llamar llame llámanos cellulare chiama
    chiamami chiamare chiamata bel bellen mob tlf tfn tlph puh puhelin matkapuhelin telefonu numer komórka
    komórkowy dzwoń zadzwoń telemóvel telemovel ligue ligar fixo contacto contato cep hp wa nomor sđt sdt
    telepon telpon ponsel ringa mobilen тел телефон телефону телефона моб мобильный мобильного звоните
    звонить позвони позвоните номер номеру номера сотовый τηλ τηλέφωνο κινητό`,
  number: 'number numbers no nr num digits',
  card: `card cards cc credit debit visa mastercard amex express diners discover jcb maestro unionpay karte
    kreditkarte kreditkartennummer carte tarjeta carta cartão cartao kort cardnumber creditcard pan ccnum
    карта карты карту`,
  thing: `order orders invoice invoices inv tracking parcel shipment package consignment waybill awb ref
    reference booking reservation ticket serial isbn issn ean upc gtin asin sku part product item items
    batch lot seed nonce snowflake uuid guid hash commit build revision epoch timestamp unix vin meter
    nct pmid doi catalog catalogue barcode lottery score scores population revenue distance offset bytes
    size height block version length count total sum limit amount price cost budget weight width duration
    timeout receipt receipts claim quote voucher coupon bestellung bestellnummer rechnung rechnungsnummer sendung sendungsnummer
    artikel artikelnummer faktury faktura faktur zamówienia заказ заказа заказу счёт счета счёта списке договора накладной users visitors depth models commande facture colis pedido factura ordine fattura zamówienie orderid ordernumber
    invoiceid trackingnumber`,
  id: 'id ids identifier account accounts job task pid',
  place: `address addresses adresse dirección direccion indirizzo endereço endereco adres anschrift wohne
    wohnt wohnen wohnhaft wohnort live lives lived living reside resides residence located location
    office ship shipped shipping deliver delivered delivery send sent taxi meet meeting move moved
    moving arrive arrived corner home house parcel package street billing habite habitons habito
    vivo vive vivimos domicilio domicile domiciled moro mora mieszka mieszkam woon woont wonen bor
    flat apartment адрес`,
  document: `license licence licenses dl führerschein permis carnet patente rijbewijs prawo national identity
    card tax taxpayer tin mrn medical patient health insurance voter personalausweis ausweis carte carta
    cédula cedula permit curp nin green alien`,
  identity: `national identity id ids identification personal citizen citizenship resident residence residents
    tax taxpayer social ssn insurance nino nhs health patient utr steuer steuerid steuernummer tin idnr
    finanzamt identifikationsnummer steueridentifikationsnummer insee nir sécu sécurité securite pesel bsn
    burgerservicenummer sofi persoonsnummer rijksregister rijksregisternummer registre nrn insz niss
    personnummer pnr swedish svensk samordningsnummer code cpr dansk danish svnr sozialversicherungsnummer
    sozialversicherung versicherungsnummer rodné rodne číslo birth isikukood asmens personas latvian cnp
    numeric oib taj amka αμκα afm αφμ egn егн jmbg emšo emso јмбг nif contribuinte fiscal kennitala
    icelandic zehut israeli снилс snils инн inn іпн рнокпп иин жсн iin cpf cadastro cnpj rg registro dni
    documento cuit cuil cédula cedula ci cc ruc nss imss sin nas assurance aadhaar aadhar adhaar uidai uid
    tfn medicare ird revenue rrn korean registration taiwan hkid hong kong thai mykad ic pengenalan
    malaysia malaysian nik ktp sss philhealth umid philsys cccd căn cước cmnd cnic nadra nid south african
    rsa refugee egypt egyptian iqama saudi emirates eid nin bvn ein fein employer itin pan permanent voter
    epic election nric fin singapore pps ppsn irish ireland rfc nic lanka nhi dowód dowodu dowod személyi
    personalausweis ausweis kimlik tckn numarası hetu henkilötunnus person elnummer nummer eston estonian
    lithuanian belgian belge swiss ahv insurances number my`,
  passport: `passport passports pass reisepass reisepassnummer passnr passnummer passeport pasaporte passaporto
    passaporte paspoort paspoortnummer paszport paszportu pasnummer passinumero pasaport útlevél cestovní
    travel passi pas паспорт паспорта διαβατήριο passportnumber passportno`,
  birth: `born birth birthdate birthday birthdays dob dateofbirth geboren geborene geburtsdatum geburtstag geb
    né née naissance nacimiento nació naci nacido nacida nascimento nasci nasceu nascido nascida nascita
    nato nata geboorte geboortedatum geboortedag urodzenia urodzony urodzona urodziny ur född födelsedatum
    fødsel fødselsdato født syntynyt syntymäaika doğum doğumlu doğdu родился родилась рождения народження
    narozen narozena narozenia született születési γεννήθηκε d b sinh`,
  secret: `key keys apikey secret secrets token tokens credential credentials schlüssel clave clé chave bearer
    auth pat`,
  password: 'password passwords',
}

/** Labels in scripts that are written without spaces or whose letters the scan does not join. */
export const otherScripts: Partial<Record<Topic, RegExp>> = {
  phone:
    /電話|电话|手机|手機|携帯|連絡先|联系方式|座机|휴대폰|휴대전화|전화|연락처|핸드폰|팩스|회사|هاتف|جوال|تلفون|موبايل|फ़ोन|फोन|मोबाइल|โทร|เบอร์|טלפון|נייד|điện thoại/,
  password:
    /密码|密碼|口令|パスワード|暗証番号|비밀번호|암호|كلمة (?:ال)?(?:مرور|سر)|الرقم السري|סיסמ[אה]|पासवर्ड|รหัสผ่าน|პაროლი|պարոլ/,
  card: /卡号|信用卡|カード|카드/,
  place: /住所|地址|주소/,
  identity:
    /身份|身分|統一證號|주민|외국인등록|신분|マイナンバー|個人番号|บัตร|ประชาชน|ประจำตัว|आधार|ת\.?ז|תעודת|זהות|الرقم القومي|الهوية|إقامة/,
  passport: /여권|护照|護照|旅券|パスポート|جواز|דרכון|पासपोर्ट|หนังสือเดินทาง|hộ chiếu/,
  birth: /出生|生日|生年月日|誕生日|生まれ|생년월일|생일|ميلاد|जन्म|เกิด/,
}

/** The words of a topic, in lower case. */
export function wordsOf(topic: Topic): readonly string[] {
  return latin[topic].split(/\s+/)
}
