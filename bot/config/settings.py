"""Every setting with its default, its bounds, its unit and its reason; `config.example.toml` shows them to people."""

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
from pydantic_settings import BaseSettings, NoDecode, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config import checks

Words = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=40)]
Whole = Annotated[int, BeforeValidator(checks.not_a_boolean)]
Folder = Annotated[Path | None, BeforeValidator(checks.folder_or_none)]
SomeFile = Annotated[Path, BeforeValidator(checks.file)]
# From the environment a list is a JSON array or words between commas, so pydantic-settings must not decode it.
Accounts = Annotated[tuple[Annotated[str, BeforeValidator(checks.account)], ...], NoDecode, checks.LIST]
Groups = Annotated[tuple[Annotated[str, BeforeValidator(checks.group)], ...], NoDecode, checks.LIST]


class Section(BaseModel):
    """One table of the file."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True)


class Town(Section):
    """The county this installation serves."""

    name: Words = Field(default="示例县", description="Name of the county, as riders and contacts read it.")
    code: Annotated[str, BeforeValidator(checks.town_code)] = Field(
        default="WD", description="2 to 6 capital letters before the full case number (WD-20261123-0127)."
    )
    timezone: Annotated[str, BeforeValidator(checks.timezone)] = Field(
        default="Asia/Shanghai", description="IANA time zone in which days, months and working hours are counted."
    )
    language: Literal["zh-CN", "en"] = Field(default="zh-CN", description="Language of readers who have chosen none.")
    secret_file: SomeFile = Field(
        default=Path("var/secret.key"),
        description="File of the key that signs buttons, links and codes; made by `init`, 0600.",
    )


class Storage(Section):
    """Where cases and photos are kept."""

    url: Annotated[str, BeforeValidator(checks.database_url)] = Field(
        default="sqlite:///var/wudayuan.db",
        description="sqlite:///FILE on a local disk, or postgresql://USER:PASSWORD@HOST/NAME.",
        repr=False,
    )
    photos: Annotated[str, BeforeValidator(checks.photo_store)] = Field(
        default="var/photos", description="A folder, or s3://BUCKET/PREFIX (extra `s3`)."
    )


class Rulebook(Section):
    """Where the county's own rules are."""

    dir: Folder = Field(
        default=None, description="Folder of rules, agencies and places; empty: the county that comes along."
    )


class People(Section):
    """Who is what before anybody has been imported."""

    admins: Accounts = Field(default=(), description="Accounts that are admins from the start, as platform:id.")


class Web(Section):
    """The bot's own small web server."""

    host: Annotated[str, BeforeValidator(checks.host)] = Field(
        default="127.0.0.1", description="Address to listen on; loopback, because a reverse proxy speaks TLS."
    )
    port: Whole = Field(
        default=8090, ge=0, le=65535, description="Port to listen on; 0: any free one. 8080 is often taken."
    )
    public_url: Annotated[str, BeforeValidator(checks.public_url)] = Field(
        default="", description="Address of this server as phones reach it; empty: QR codes hold a signed text instead."
    )


class InGroups(Section):
    """How the bot behaves in group chats."""

    work: Groups = Field(default=(), description="Work groups from the start, as platform:chat.")
    bare_photo: Literal["ask", "silent"] = Field(
        default="ask", description="A photo without words from a rider: ask in private, or stay silent."
    )


class Telegram(Section):
    """The bot's Telegram account; without a token there is none."""

    token: Annotated[str, BeforeValidator(checks.telegram_token)] = Field(
        default="", description="Token that BotFather gave; empty: no Telegram.", repr=False
    )
    mode: Literal["polling", "webhook"] = Field(
        default="polling", description="Fetch updates, or have them handed over at [web] public_url."
    )
    webhook_secret: Annotated[str, BeforeValidator(checks.webhook_secret)] = Field(
        default="", description="Word by which Telegram proves itself in webhook mode.", repr=False
    )
    api_base_url: Annotated[str, BeforeValidator(checks.api_base)] = Field(
        default="https://api.telegram.org/bot", description="Where calls go, up to the token."
    )
    file_base_url: Annotated[str, BeforeValidator(checks.api_base)] = Field(
        default="https://api.telegram.org/file/bot", description="Where files are fetched, up to the token."
    )
    proxy: Annotated[str, BeforeValidator(checks.proxy_url)] = Field(
        default="", description="HTTP or SOCKS5 proxy to reach Telegram; empty: none.", repr=False
    )


class WeComBot(Section):
    """WeCom's AI bot over its long connection; it hears groups and needs no public address."""

    bot_id: Annotated[str, BeforeValidator(checks.wecom_id)] = Field(
        default="", description="BotID of the AI bot; empty: none."
    )
    secret: Annotated[str, BeforeValidator(checks.wecom_secret)] = Field(
        default="", description="Secret of its long connection.", repr=False
    )
    ws_url: Annotated[str, BeforeValidator(checks.ws_url)] = Field(
        default="wss://openws.work.weixin.qq.com", description="Where the long connection goes."
    )


class WeComApp(Section):
    """WeCom's self-built app; it writes to a contact first."""

    corp_id: Annotated[str, BeforeValidator(checks.wecom_id)] = Field(
        default="", description="CorpID of the company; empty: no app."
    )
    agent_id: Whole = Field(default=0, ge=0, le=999_999_999, description="AgentId of the app.")
    secret: Annotated[str, BeforeValidator(checks.wecom_secret)] = Field(
        default="", description="Secret of the app.", repr=False
    )
    token: Annotated[str, BeforeValidator(checks.callback_token)] = Field(
        default="", description="Token of the callback; empty: the app only sends.", repr=False
    )
    aes_key: Annotated[str, BeforeValidator(checks.aes_key)] = Field(
        default="", description="EncodingAESKey of the callback.", repr=False
    )
    api_base_url: Annotated[str, BeforeValidator(checks.api_base)] = Field(
        default="https://qyapi.weixin.qq.com/cgi-bin", description="Where calls go, up to the method."
    )


class WeComHook(Section):
    """Robots of WeCom groups that only post."""

    urls: Annotated[dict[str, str], BeforeValidator(checks.hook_urls), NoDecode] = Field(
        default={}, description="Group chats, by chat id or a name of one's own, with the address of their robot.",
        repr=False,
    )  # fmt: skip


class WeCom(Section):
    """The three ways into WeCom; each may be left out."""

    aibot: WeComBot = WeComBot()
    app: WeComApp = WeComApp()
    webhook: WeComHook = WeComHook()


class Limits(Section):
    """What one person may do before the bot asks for patience; nothing sent is lost, P1 words are never limited."""

    reports_per_hour: Whole = Field(default=10, ge=1, le=1000, description="Reports per person and hour.")
    reports_per_day: Whole = Field(default=40, ge=1, le=10_000, description="Reports per person and day of the county.")
    photos_per_day: Whole = Field(default=60, ge=1, le=10_000, description="Photos per person and day.")
    photo_megabytes_per_day: Whole = Field(
        default=100, ge=1, le=10_000, description="Megabytes (10^6 bytes) of photos per person and day, as received."
    )
    commands_per_minute: Whole = Field(default=30, ge=1, le=600, description="Commands per person and minute.")
    code_tries: Whole = Field(default=5, ge=1, le=20, description="Wrong binding codes per person before the lock.")


class Images(Section):
    """What pictures are accepted and how they are stored."""

    max_bytes: Whole = Field(
        default=20_971_520,
        ge=100_000,
        le=104_857_600,
        description="Bytes of a received picture; 20 MiB is Telegram's download limit.",
    )
    max_pixels: Whole = Field(
        default=50_000_000,
        ge=1_000_000,
        le=89_000_000,
        description="Width times height before decoding; Pillow warns above 89 million.",
    )


class Drafts(Section):
    """How long the bot waits for the rest of a report."""

    open_minutes: Whole = Field(default=5, ge=1, le=120, description="Minutes an unfinished report stays open.")
    album_seconds: Whole = Field(default=2, ge=1, le=30, description="Seconds to collect the pictures of one album.")
    card_wait_seconds: Whole = Field(
        default=20, ge=0, le=120, description="Seconds a contact's card waits for its photos; P1 never waits."
    )


class Log(Section):
    """What the bot writes about itself; never personal data, whatever the level."""

    level: Literal["debug", "info", "warning", "error"] = Field(
        default="info", description="Least level that is written."
    )
    format: Literal["json", "console"] = Field(
        default="json", description="One JSON object a line, or a line for eyes."
    )


class Bot(Section):
    """How the bot presents itself."""

    name: Words = Field(default="小五", description="What the bot calls itself, and what people call it in a group.")
    messages_dir: Folder = Field(
        default=None, description="Folder of the county's own wording (TOML catalogues); empty: none."
    )


class Settings(BaseSettings):
    """All settings, frozen; made by `bot.config.load`, or by `Settings()` for the defaults alone."""

    model_config = SettingsConfigDict(frozen=True, extra="forbid", env_prefix="WDY_", env_nested_delimiter="__")

    town: Town = Town()
    storage: Storage = Storage()
    rulebook: Rulebook = Rulebook()
    people: People = People()
    web: Web = Web()
    groups: InGroups = InGroups()
    telegram: Telegram = Telegram()
    wecom: WeCom = WeCom()
    limits: Limits = Limits()
    images: Images = Images()
    drafts: Drafts = Drafts()
    log: Log = Log()
    bot: Bot = Bot()

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Only what `load` passes: a hidden second reading of the environment could not be named in a fault."""
        return (init_settings,)


def sections() -> dict[str, type[Section]]:
    """Name of each section, as `wecom.aibot` where one stands in another, and its class, in the order of the file."""
    return dict(_sections_in("", Settings()))


def _sections_in(prefix: str, holder: BaseModel) -> Iterator[tuple[str, type[Section]]]:
    for key in type(holder).model_fields:
        one = getattr(holder, key)
        if isinstance(one, WeCom):
            yield from _sections_in(f"{prefix}{key}.", one)
        elif isinstance(one, Section):
            yield f"{prefix}{key}", type(one)
