"""Invented names for the demo company. No such company or person is meant."""

from __future__ import annotations

from dataclasses import dataclass
from random import Random

HEADS = (
    "Vel Quor Lum Tan Mir Zel Bran Cor Del Fen Gal Hest Ister Jov "
    "Kel Lor Mav Nor Opal Pel Quin Ros Sil Tor Ulm Var Wex Yar"
).split()
TAILS = "mora vex anta ella idor eon aris undo ivo asta emia oryn ando ithe avel onda esta ulio aro enza".split()
_FAMILY_TAILS = "mann ier ez ini ski son ard eau etti wicz berg elli ova ing".split()


@dataclass(frozen=True, slots=True)
class Country:
    """Where a demo customer lives, and how people write there. Lists of words are texts, one blank between words."""

    code: str
    language: str
    currency: str
    tax_percent: int
    street: str
    legal_forms: tuple[str, ...]
    trades: str
    first_names: str
    cities: str


FR = Country(
    "FR", "fr", "EUR", 20, "rue de l'Exemple", ("SARL", "SAS", "SA"),
    "Transports Imprimerie Boulangerie Conseil Menuiserie Optique Traiteur Informatique",
    "Camille Louis Manon Hugo Chloé Jules Inès Paul",
    "Lyon Lille Nantes Toulouse Rennes Dijon",
)  # fmt: skip
DE = Country(
    "DE", "de", "EUR", 19, "Musterstraße", ("GmbH", "AG", "KG"),
    "Spedition Druckerei Bäckerei Beratung Schreinerei Optik Software Werkzeugbau",
    "Anna Lukas Marie Felix Lena Jonas Clara Emil",
    "Köln Bremen Leipzig Kassel Ulm Mainz",
)  # fmt: skip
ES = Country(
    "ES", "es", "EUR", 21, "calle del Ejemplo", ("S.L.", "S.A."),
    "Transportes Imprenta Panadería Consultores Carpintería Óptica Sistemas Jardines",
    "Lucía Martín Sofía Pablo Elena Diego Carmen Iván",
    "Sevilla Bilbao Valencia Murcia Gijón",
)  # fmt: skip
IT = Country(
    "IT", "it", "EUR", 22, "via dell'Esempio", ("S.r.l.", "S.p.A."),
    "Trasporti Tipografia Panificio Consulenza Falegnameria Ottica Sistemi Giardini",
    "Giulia Marco Chiara Luca Sara Paolo Elisa Matteo",
    "Torino Bari Verona Parma Genova",
)  # fmt: skip
PL = Country(
    "PL", "pl", "EUR", 23, "ulica Przykładowa", ("sp. z o.o.", "S.A."),
    "Transport Drukarnia Piekarnia Doradztwo Stolarnia Optyka Systemy",
    "Zofia Jan Hanna Piotr Maja Adam Ewa Tomasz",
    "Kraków Poznań Gdańsk Łódź Lublin",
)  # fmt: skip
CH = Country(
    "CH", "de", "CHF", 8, "Beispielweg", ("AG", "GmbH"),
    "Uhren Druck Käserei Treuhand Schreinerei Optik Informatik",
    "Lea Noah Mia Luca Nina Tim Laura Jan",
    "Bern Basel Luzern Chur Biel",
)  # fmt: skip
GB = Country(
    "GB", "en", "GBP", 20, "Example Street", ("Ltd", "plc", "LLP"),
    "Haulage Printing Bakery Consulting Joinery Optics Software Gardens",
    "Amelia Oliver Isla George Freya Harry Ruby Arthur",
    "Leeds Bristol Cardiff York Dundee Exeter",
)  # fmt: skip
IE = Country(
    "IE", "en", "EUR", 23, "Example Road", ("Ltd", "DAC"),
    "Haulage Printing Bakery Consulting Joinery Optics Software",
    "Aoife Conor Saoirse Liam Niamh Cian Orla Sean",
    "Cork Galway Sligo Limerick",
)  # fmt: skip
US = Country(
    "US", "en", "USD", 7, "Example Avenue", ("Inc.", "LLC"),
    "Freight Printing Bakery Consulting Woodworks Optics Software Landscaping",
    "Emma Liam Ava Noah Mia Ethan Zoe Owen",
    "Denver Boise Tulsa Portland Omaha",
)  # fmt: skip


def invented_word(random: Random) -> str:
    """A word that names nothing: Velmora, Quorvex."""
    return random.choice(HEADS) + random.choice(TAILS)


def company_name(random: Random, country: Country) -> str:
    """A company of a country: Velmora Transports SARL."""
    return f"{invented_word(random)} {word_of(random, country.trades)} {random.choice(country.legal_forms)}"


def family_name(random: Random) -> str:
    """A surname nobody is meant by."""
    return random.choice(HEADS) + random.choice(_FAMILY_TAILS)


def word_of(random: Random, words: str) -> str:
    """One of the words of a text."""
    return random.choice(words.split())
