"""The words by which lists of clients name their columns, in eight languages and as panels export them.

Pure data. English, German and Spanish included because clients' lists come from anywhere. Words are compared by
`sublet.core.cells.fold`: case, accents, spaces and punctuation do not count, so each is listed once.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, TypeAlias, get_args

from sublet.core.cells import fold

#: What a row can tell about a client. `name` is the company; `contact` a person's whole name.
Field: TypeAlias = Literal[
    "name",
    "contact",
    "first_name",
    "last_name",
    "email",
    "phone",
    "mobile",
    "street",
    "postal_code",
    "city",
    "country",
    "language",
    "timezone",
    "website",
    "tags",
    "notes",
    "state",
    "created",
    "external_id",
]
FIELDS: tuple[Field, ...] = get_args(Field)

#: Several columns may feed these; their texts are joined in the order of the columns.
MANY_COLUMNS: frozenset[Field] = frozenset({"street", "tags", "notes"})

# Words that name the field beyond doubt. Order in a line: en, it, sq, nl, fr, pt, de, es; then what panels write.
_SURE: Mapping[Field, str] = {
    "name": """
        company; company name; business; business name; organization; organisation; organization name; client name;
        account name; shop; shop name; restaurant; trade name; legal name; client; customer; customer name; firm;
        brand name;
        azienda; ragione sociale; nome azienda; società; ditta; nome cliente; cliente; attività; nome attività;
        insegna; denominazione;
        kompania; emri i kompanisë; biznesi; emri i biznesit; klienti; emri i klientit; firma; emri i firmës;
        subjekti; emri i llogarisë; shoqëria; emri i shoqërisë;
        bedrijf; bedrijfsnaam; klant; klantnaam; naam bedrijf; onderneming; organisatie; handelsnaam; zaak; accountnaam;
        entreprise; société; raison sociale; nom de l'entreprise; nom de la société; nom du client; établissement;
        enseigne; nom du compte; client(e);
        empresa; nome da empresa; razão social; nome fantasia; nome do cliente; estabelecimento; negócio; nome da
        conta; organização; sociedade;
        unternehmen; firmenname; kunde; kundenname; betrieb; geschäft; organisation name;
        nombre de la empresa; razón social; nombre del cliente; negocio; compañía; nombre comercial;
        companyname; sub-account name; subaccount; location name; account; organization 1 - name; reseller client
    """,
    "contact": """
        contact; contact person; contact name; full name; owner; owner name; person; responsible; primary contact;
        attention; attn;
        contatto; persona di contatto; referente; nome e cognome; nome completo; titolare; nominativo; responsabile;
        kontakti; personi i kontaktit; emri i plotë; emër mbiemër; emri dhe mbiemri; pronari; përgjegjësi;
        contactpersoon; contact naam; volledige naam; eigenaar; verantwoordelijke; t.a.v.;
        personne de contact; personne à contacter; nom complet; nom et prénom; prénom et nom; responsable; interlocuteur; gérant;
        propriétaire; nom du contact;
        contacto; contato; pessoa de contacto; pessoa de contato; nome do contacto; proprietário; responsável; titular;
        ansprechpartner; kontakt; kontaktperson; vollständiger name; inhaber; vor- und nachname;
        persona de contacto; nombre completo; nombre y apellidos; propietario; encargado
    """,
    "first_name": """
        first name; given name; forename; first; contact first name; nome di battesimo; nome contatto; emri; emër;
        emri i kontaktit;
        voornaam; prénom; primeiro nome; nome próprio; vorname; nombre de pila; firstname; fname; name first
    """,
    "last_name": """
        last name; surname; family name; last; contact last name; cognome; cognome contatto; mbiemri; mbiemër; atësia
        mbiemri;
        achternaam; familienaam; nom de famille; apelido; sobrenome; último nome; nachname; familienname; zuname;
        apellido; apellidos; lastname; lname; name last
    """,
    "email": """
        e-mail; email address; mail; e-mail address; contact email; owner email; login email; administrator e-mail;
        mail address;
        posta elettronica; indirizzo e-mail; indirizzo email; indirizzo mail; posta; mail cliente; email cliente;
        email contatto;
        posta elektronike; adresa e e-mailit; adresa elektronike; emaili; e-maili; e-mailadres; mailadres; e-mail klant;
        adresse e-mail; courriel; adresse électronique; adresse mail; adresse courriel; mél;
        endereço de e-mail; endereço eletrónico; endereço eletrônico; correio eletrónico; correio electrónico;
        e-mail-adresse; mailadresse; elektronische adresse; correo; correo electrónico; dirección de correo; email 1 -
        value;
        e-mail 1 - value; user email; primary email; email principale; business email
    """,
    "phone": """
        phone; telephone; tel; phone number; telephone number; business phone; work phone; landline; phones; tel no;
        office phone;
        telefono; numero di telefono; telefono fisso; tel fisso; fisso; recapito telefonico; recapito;
        telefoni; numri i telefonit; nr telefoni; nr tel; tel fiks; telefoni fiks; telefoon; telefoonnummer; tel nr;
        vaste telefoon;
        téléphone; numéro de téléphone; tél; n° de téléphone; téléphone fixe; tél fixe; téléphone bureau;
        telefone; número de telefone; telefone fixo; fixo; telf; telefon; telefonnummer; rufnummer; festnetz; fon;
        teléfono; número de teléfono; teléfono fijo; phonenumber; phone 1 - value; phone 1; primary phone; company
        main phone
    """,
    "mobile": """
        mobile; mobile phone; mobile number; cell; cell phone; cellphone; whatsapp; cellulare; cell.; numero
        cellulare; tel cellulare; telefonino;
        celulari; numri celular; tel celular; cel; mobiel; mobiel nummer; mobiele telefoon; gsm; 06-nummer; gsm-nummer;
        portable; téléphone portable; téléphone mobile; tél portable; mobile phone number; telemóvel; celular; número
        de telemóvel; tlm;
        handy; handynummer; mobiltelefon; mobil; mobilnummer; móvil; teléfono móvil; phone 2 - value
    """,
    "street": """
        address; street; street address; address line 1; address 1; address line; address 2; address line 2; street
        and number; business street;
        mailing address; postal address; indirizzo; via; via e numero; indirizzo sede; sede; indirizzo 1; indirizzo 2;
        adresa; rruga; adresa 1; rruga dhe numri; adres; straat; straatnaam; straat en nummer; straat en huisnummer;
        adresregel 1;
        adresse; rue; adresse postale; voie; adresse 1; adresse 2; n° et rue; complément d'adresse;
        morada; endereço; rua; logradouro; morada 1; endereço 1; straße; anschrift; straße und hausnummer; straße
        hausnummer;
        dirección; calle; domicilio; dirección 1; address street; address1; address2; billing address; address 1 -
        street
    """,
    "postal_code": """
        postal code; postcode; zip; zip code; zip/postal code; post code; c.a.p.; codice postale; codice avviamento
        postale;
        kodi postar; kodi zip; postkode; code postal; cp; código postal; c.p.; cep; plz; postleitzahl; address zip;
        address 1 - postal code;
        postal; business postal code
    """,
    "city": """
        city; town; locality; place; città; comune; località; paese città; qyteti; qytet; vendbanimi; bashkia;
        stad; plaats; woonplaats; gemeente; vestigingsplaats; ville; commune; localité; cidade; localidade; município;
        concelho;
        stadt; ort; wohnort; ciudad; población; municipio; address city; address 1 - city; business city; town/city;
        city/town
    """,
    "country": """
        country; country/region; nation; country code; paese; nazione; stato paese; shteti; vendi; land; landcode;
        pays; code pays;
        país; país/região; staat; nación; country name; countrycode; address country; address 1 - country; code iso;
        iso; business country
    """,
    "language": """
        language; locale; lang; preferred language; interface language; lingua; lingua preferita; gjuha; gjuha e
        preferuar;
        taal; voorkeurstaal; langue; langue préférée; idioma; língua; idioma preferido; sprache; bevorzugte sprache;
        language code; lengua
    """,
    "timezone": """
        time zone; timezone; tz; fuso orario; zona oraria; zona kohore; brezi orar; tijdzone; fuseau horaire; fuso
        horário; zeitzone;
        zona horaria; huso horario; utc offset; account timezone
    """,
    "website": """
        website; web; url; web site; homepage; home page; website url; domain; domain name; site; web address;
        internet; sito; sito web; sito internet;
        dominio; faqja e internetit; faqja web; uebsajti; faqja; site web; site internet; webseite; webadres;
        internetadres;
        domaine; nom de domaine; sítio web; página web; site da empresa; domínio; internetseite; página; sitio web;
        website 1 - value
    """,
    "tags": """
        tag; tags; label; labels; category; categories; segment; group; groups; type; industry; sector; keywords;
        etichetta; etichette; categoria; categorie; gruppo; settore; tipologia; tipo; etiketa; etiketat; kategoria;
        grupi; sektori; lloji;
        labels klant; categorie(en); groep; branche; soort; étiquette; étiquettes; catégorie; catégories; groupe;
        secteur; mots clés;
        etiqueta; etiquetas; categorias; grupo; setor; schlagwort; schlagwörter; kategorie; gruppe; stichwörter;
        categoría; categorías;
        group membership; business type; niche
    """,
    "notes": """
        note; notes; comment; comments; remark; remarks; description; details; annotation; annotations; internal notes;
        annotazioni; commento; commenti; osservazioni; descrizione; shënim; shënime; shënimet; koment; komente;
        përshkrimi;
        notitie; notities; opmerking; opmerkingen; omschrijving; toelichting; remarque; remarques; commentaire;
        commentaires; observations;
        notas; nota; comentário; comentários; observações; obs; descrição; notiz; notizen; bemerkung; bemerkungen;
        anmerkung; anmerkungen;
        kommentar; comentario; comentarios; observaciones; descripción; admin notes
    """,
    "state": """
        state; status; account status; client status; lifecycle; stato; stato cliente; stato account; gjendja;
        statusi; gjendja e llogarisë;
        toestand; accountstatus; klantstatus; état; statut; statut du compte; situação; estado; estado da conta;
        situação do cliente; zustand;
        kundenstatus; estado de la cuenta; active; attivo; aktiv; actief; actif; ativo; activo; lifecycle stage
    """,
    "created": """
        created; created at; creation date; create date; date created; date added; signup date; sign-up date;
        registered; registration date; start date;
        client since; customer since; member since; since; joined; date joined; creato; creato il; data creazione;
        data di creazione; data registrazione; data inserimento;
        cliente dal; data inizio; data iscrizione; krijuar; krijuar më; data e krijimit; data e regjistrimit; klient
        që nga;
        aangemaakt; aangemaakt op; aanmaakdatum; datum aangemaakt; klant sinds; registratiedatum; startdatum;
        begindatum;
        créé; créé le; date de création; date d'inscription; client depuis; date d'ajout; date de début; inscrit le;
        criado; criado em; criada em; data de criação; data de registo; data de registro; cliente desde; data de
        início; desde;
        erstellt; erstellt am; angelegt; angelegt am; erstelldatum; kunde seit; seit; registriert am;
        creado; creado el; fecha de creación; fecha de alta; fecha de registro; fecha; date; data; datum; createdat;
        created on
    """,
    "external_id": """
        id; external id; client id; customer id; client number; customer number; account id; record id; reference;
        ref; number; no; code; client code; key;
        codice; codice cliente; id cliente; n. cliente; numero cliente; riferimento; cod; cod. cliente; numri i
        klientit; kodi; kodi i klientit; id e klientit; nr;
        klantnummer; klantcode; klant-id; klantnr; nummer; debiteurnummer; relatienummer; referentie;
        n° client; numéro client; numéro de client; code client; identifiant; identifiant client; référence; id client;
        código; código do cliente; código cliente; número de cliente; n.º de cliente; id do cliente; referência;
        código de cliente;
        kundennummer; kunden-nr; kundennr; kunden-id; kundencode; referenz; número; id de cliente; referencia;
        user id; userid; sub-account id; location id; uuid; crm id; contract number; uid
    """,
}

# Words that may name several fields; the other columns and the contents decide. The first one is the usual sense.
_UNSURE: tuple[tuple[str, tuple[Field, ...]], ...] = (
    ("name; naam; nom; display name; user name; title; titre; titel", ("name", "last_name", "contact")),
    ("nome; nombre; emri; emër", ("name", "first_name", "contact")),
    ("client; cliente; klant; klienti; kunde; customer; account; user", ("name", "contact", "external_id")),
    ("stato; estado; state; shteti; staat", ("country", "state")),
    ("contatto; contact; kontakti; contacto; contato; kontakt", ("contact", "email", "phone")),
    ("paese; località; place; plaats; localidade; ort", ("city", "country")),
    ("fixo; fisso; portable; mobil; recapito", ("phone", "mobile")),
    ("code; codice; código; kodi; nummer; number; no; nr; número", ("external_id", "postal_code", "phone")),
    ("type; tipo; soort; lloji; group; segment; industry; sector", ("tags", "state")),
)
UNSURE: Mapping[str, tuple[Field, ...]] = {fold(word): fields for words, fields in _UNSURE for word in words.split(";")}

# Columns that lists have and that we do not take: knowing them finds the heading line and keeps them unguessed.
OTHERS: frozenset[str] = frozenset(
    fold(word)
    for word in """
        fax; fax number; telefax; business fax; vat; vat number; vat id; tax id; tax number; p iva; partita iva; piva;
        codice fiscale; cf; sdi; pec;
        nipt; nuis; btw; btw nummer; btw-nr; kvk; kvk nummer; siret; siren; n° tva; tva; nif; nipc; contribuinte;
        cnpj; cpf; ust id; ust-idnr;
        steuernummer; cif; iban; bic; province; provincia; prov; region; regione; regio; région; região; county;
        state/province; state/region; provincie;
        département; distrito; rrethi; bundesland; plan; package; piano; paketa; abonnement; pakket; pacchetto; plano;
        pacote; price; prezzo; çmimi;
        prijs; prix; preço; preis; precio; amount; importo; total; totale; balance; saldo; revenue; mrr; last login;
        ultimo accesso; last activity;
        password; username; user name login; login; gender; salutation; title of person; birthday; date of birth;
        quantity; invoice; invoices; currency; valuta; valuta;
        devise; moeda; next renewal; expires; expiry; expiration date; scadenza; skadon; vervaldatum; échéance;
        validade; payment method; payment option;
        disk usage; bandwidth; ip; ip address; server; parent; partner; row; line; updated; updated at; last modified;
        modified; house number;
        numero civico; civico; huisnummer; hausnummer; role; job title; position; funzione; functie; fonction; cargo;
        account reference; riferimento account; riferimento dell'account; referenca e llogarisë; accountreferentie;
        accountkenmerk; kenmerk van het account; référence du compte; referência da conta; account owned by; last visit;
        demonstration until
    """.split(";")
)

WORDS: Mapping[str, Field] = {
    fold(word): name for name, words in _SURE.items() for word in words.split(";") if fold(word)
}
