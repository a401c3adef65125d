"""What reviewers write: a small vocabulary of our own, put together to some thousands of messages per mood."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

import polars as pl

BAD_OPENINGS = (
    "Infelizmente não recebi o que pedi", "Estou decepcionada com a compra", "O produto chegou quebrado",
    "Até hoje nada chegou aqui", "Veio a cor errada", "Faltou uma peça na caixa", "Não funciona",
    "Pedi dois e veio só um", "A qualidade deixa muito a desejar", "Material fraco, parece usado",
    "Esperei um mês, e nada", "O tamanho não serve", "Entregaram o produto trocado", "Muito diferente da foto",
)  # fmt: skip
BAD_DETAILS = (
    "ninguém responde aos meus e-mails", "quero meu dinheiro de volta", "já liguei três vezes, sem resposta",
    'a loja só diz "aguarde", e eu sigo esperando', "o prazo passou faz tempo", "não consigo falar com o vendedor",
    "a nota fiscal também não veio", "o rastreio parou no meio do caminho", "vou precisar devolver",
    "a embalagem estava rasgada", "paguei caro, com frete e tudo", "preciso de uma solução urgente",
)  # fmt: skip
BAD_ENDINGS = ("", "Não recomendo", "Nunca mais compro aqui", "Aguardo retorno", "Péssimo atendimento", "Lamentável!")
FAIR_OPENINGS = (
    "Produto razoável", "É bonito, mas frágil", "Cumpre o que promete", "Esperava um pouco mais", "Gostei em parte",
    "O produto é bom", "Serve para o dia a dia", "Nada de especial", "Pelo preço está bom", "Mais ou menos",
)  # fmt: skip
FAIR_DETAILS = (
    "demorou além do combinado", "o acabamento podia ser melhor", "a caixa veio amassada",
    "a cor é mais escura do que na foto", "faltou o manual", "um pouco menor do que imaginei",
    "a entrega foi lenta, porém chegou", "o cheiro é forte no começo", "deveria vir com pilhas",
    'no anúncio estava "original", não sei se é',
)  # fmt: skip
FAIR_ENDINGS = ("", "Vamos ver quanto dura", "Talvez compre de novo", "Fica a dica", "Obrigado")
GOOD_OPENINGS = (
    "Adorei", "Produto excelente", "Chegou tudo certinho", "Muito bom mesmo", "Superou o que eu esperava",
    "Compra tranquila", "Igual ao anúncio", "Minha filha amou", "Qualidade ótima", "Perfeito para a minha casa",
    "Gostei bastante", "Tudo dentro do prazo", "Lindo demais", "Estou muito satisfeito",
)  # fmt: skip
GOOD_DETAILS = (
    "", "veio antes do prazo", "bem embalado, sem nenhum arranhão", "o vendedor foi atencioso",
    "já é a segunda vez que compro", "fácil de montar, leve e bonito", "o tecido é macio",
    "funciona direitinho", "ótimo custo, ótimo benefício", "todo mundo aqui em casa elogiou",
    "parece até melhor que o da marca famosa", "entrega rápida, como sempre",
)  # fmt: skip
GOOD_ENDINGS = ("", "Recomendo", "Recomendo a todos", "Nota dez!", "Voltarei a comprar", "Parabéns à loja", "Obrigada")

BAD_TITLES = ("Não chegou", "Decepção", "Produto com defeito", "Atraso", "Péssimo", "Veio errado", "Quero devolver")
FAIR_TITLES = ("Regular", "Mais ou menos", "Bom, mas demorou", "Pode melhorar", "Ok")
GOOD_TITLES = ("Recomendo", "Ótimo", "Muito bom", "Perfeito", "Amei!", "Nota 10", "Excelente compra", "Tudo certo")

JOINTS = (", ", ". ", ", ", ". ", " e ", "! ", ", ", ". ", " - ", "\r\n")
"""Between opening and detail; one in ten messages has a line break."""
BLANK_LINE = "\r\n\r\n"


@dataclass(frozen=True)
class Phrases:
    """Texts as they stand in a CSV; those of mood m (bad, fair, good) are [first[m], first[m] + count[m])."""

    text: pl.Series
    first: tuple[int, ...]
    count: tuple[int, ...]


def quote(text: str) -> str:
    """The text as a CSV field: quoted where it must be."""
    if any(c in text for c in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _message(opening: str, detail: str, ending: str, number: int) -> str:
    joint = JOINTS[number % len(JOINTS)]
    if joint not in (", ", " e ", " - "):
        detail = detail[:1].upper() + detail[1:]
    text = f"{opening}{joint}{detail}" if detail else opening
    last = BLANK_LINE if "\n" in joint else ". "
    return quote(f"{text}{last}{ending}" if ending else text)


def _mood(*parts: tuple[str, ...]) -> list[str]:
    # 7 is prime to the number of joints, so that neighbours differ and all joints occur equally often.
    return [_message(o, d, e, 7 * i + i // 10) for i, (o, d, e) in enumerate(product(*parts))]


def _phrases(moods: list[list[str]]) -> Phrases:
    count = tuple(map(len, moods))
    return Phrases(pl.Series([t for mood in moods for t in mood]), (0, count[0], count[0] + count[1]), count)


def messages() -> Phrases:
    """All messages."""
    return _phrases(
        [
            _mood(BAD_OPENINGS, BAD_DETAILS, BAD_ENDINGS),
            _mood(FAIR_OPENINGS, FAIR_DETAILS, FAIR_ENDINGS),
            _mood(GOOD_OPENINGS, GOOD_DETAILS, GOOD_ENDINGS),
        ]
    )


def titles() -> Phrases:
    """All titles."""
    return _phrases([[quote(t) for t in mood] for mood in (BAD_TITLES, FAIR_TITLES, GOOD_TITLES)])
