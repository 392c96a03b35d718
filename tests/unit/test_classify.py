"""A table of descriptions (see `tests/described_pages.py`) and the kind of each page."""

# ruff: noqa: RUF001 - letters that look like Latin ones are meant

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest

from aws_saml_ext.capture.page.classify import classify
from aws_saml_ext.capture.page.description import Description, Field
from aws_saml_ext.capture.page.kinds import (
    Choice,
    Loading,
    PageKind,
    PushApproval,
    Refusal,
    SignInForm,
    StaySignedInOffer,
    Unsupported,
)
from tests.described_pages import NAMES, description


@dataclass(frozen=True)
class Form:
    """A sign-in form, by the words that the page has for its fields and its button."""

    username: str | None = None
    password: str | None = None
    button: str | None = None
    code: str | None = None
    boxes: int = 0
    remember: str | None = None
    error: str = ""
    others: tuple[str, ...] = ()


@dataclass(frozen=True)
class Choose:
    """One of several, by the texts of the page."""

    words: str
    options: tuple[str, ...]
    button: str | None = None


@dataclass(frozen=True)
class StaySignedIn:
    """Yes or no, by the texts of the buttons."""

    accept: str
    decline: str


EXPECTED: dict[str, Form | Choose | StaySignedIn | PageKind] = {
    # one page or two, in many languages
    "english-one-page": Form("Username or email", "Password", "Sign In", remember="Remember me"),
    "german-first-of-two": Form("Geben Sie Ihre E-Mail-Adresse ein", None, "Weiter"),
    "german-second-of-two": Form(None, "Kennwort", "Anmelden"),
    "french-placeholder-only": Form("Identifiant*", "Mot de passe*", "Se connecter"),
    "german-drawn-list-and-box": Form(
        "Benutzername",
        "Kennwort",
        "Anmelden",
        others=("Domäne", "Ich stimme den Bedingungen zu"),
    ),
    "french-tiles-by-script": Choose(
        "Choisissez un compte",
        ("Bob Martin bob@example.com", "Autre compte", "Compte invité"),
        None,
    ),
    "spanish-aria-label-only": Form("Correo electrónico", "Contraseña", "Iniciar sesión"),
    "portuguese-words-beside": Form("Usuário:", "Senha:", "Entrar"),
    "japanese-one-page": Form("ログインID", "パスワード", "ログイン"),
    "chinese-with-tabs": Form("工号/邮箱", "请输入密码", "登 录"),
    "korean-one-page": Form("아이디", "비밀번호", "로그인"),
    "russian-one-page": Form("Имя пользователя", "Пароль", "Войти"),
    "arabic-right-to-left": Form("اسم المستخدم", "كلمة المرور", "تسجيل الدخول"),
    "hebrew-one-page": Form("שם משתמש", "סיסמה", "התחבר"),
    "greek-one-page": Form("Όνομα χρήστη", "Κωδικός πρόσβασης", "Είσοδος"),
    "turkish-one-page": Form("Kullanıcı adı", "Şifre", "Giriş yap"),
    "swedish-remember-me": Form(
        "Användarnamn", "Lösenord", "Logga in", remember="Kom ihåg mig", others=("Domän",)
    ),
    # told by the shape of the form alone
    "georgian-not-in-our-words": Form("მომხმარებელი", "პაროლი", "შესვლა"),
    "english-names-only": Form("", "", ""),
    # the page's words about a wrong answer
    "polish-wrong-password": Form(
        "Nazwa użytkownika",
        "Hasło",
        "Zaloguj się",
        error="Nieprawidłowa nazwa użytkownika lub hasło.",
    ),
    "italian-wrong-password-in-red": Form(
        "Nome utente *", "Password *", "Accedi", error="Nome utente o password errati."
    ),
    "dutch-invalid-field": Form(
        "E-mailadres",
        None,
        "Volgende",
        error="We kunnen geen account met die gebruikersnaam vinden.",
    ),
    "japanese-password-with-account-shown": Form(
        None,
        "jane@example.com のパスワードを入力",
        "サインイン",
        error="アカウントまたはパスワードが正しくありません。",
    ),
    # more questions than those three
    "english-company-asked-too": Form("User", "Password", "Sign in", others=("Company ID",)),
    "english-new-password-demanded": Form(
        button="Submit", others=("New Password", "Confirm password")
    ),
    "spanish-list-of-domains": Form("Usuario", "Contraseña", "Iniciar sesión", others=("Dominio",)),
    "czech-list-of-organizations": Form(button="Vybrat", others=("Organizace",)),
    "dutch-domain-already-chosen": Form(
        "Gebruikersnaam", "Wachtwoord", "Aanmelden", others=("Domein",)
    ),
    "portuguese-drawn-circles": Form("Utilizador", "Senha", "Entrar", others=("Tipo de conta",)),
    # what else stands on the page
    "hungarian-search-beside": Form("Felhasználónév", "Jelszó", "Bejelentkezés"),
    "register-beside-sign-in": Form("Email", "Password", "Log in"),
    "short-register-beside-sign-in": Form("E-Mail", "Passwort", "Einloggen"),
    "newsletter-beside-first-of-two": Form("Adresse e-mail", None, "Suivant"),
    "cookie-banner-over-it": Choose(
        "Wir verwenden Cookies, um unsere Dienste zu verbessern.",
        ("Alle akzeptieren", "Ablehnen"),
        None,
    ),
    "honeypots": Form("Login", "Password", "Log in"),
    "norwegian-many-buttons": Form("Brukernavn", "Passord", "Logg inn"),
    "english-autocomplete-abused": Form("User ID", "Passcode or password", "Login"),
    # how the page is made
    "romanian-no-form-element": Form("Utilizator", "Parolă", "Autentificare"),
    "vietnamese-shadow-root": Form("Tên đăng nhập", "Mật khẩu", "Đăng nhập"),
    "frame-of-another-site": Form(
        "Username or email", "Password", "Sign In", remember="Remember me"
    ),
    # nothing is asked yet
    "blank": Loading(),
    "loading": Loading(),
    "portuguese-redirecting": Loading(),
    "posts-by-itself": Loading(),
    "goes-on-by-itself": Loading(),
    "czech-fields-off-while-it-works": Loading(),
    # pages that only say no
    "french-locked": Refusal(
        "Connexion impossible. Votre compte est verrouillé. Contactez le support."
    ),
    "finnish-locked-as-alert": Refusal("Tilisi on lukittu."),
    "english-wrong-code-without-form": Refusal("Invalid verification code."),
    "english-server-error": Refusal("java.lang.IllegalStateException."),
    "spanish-forbidden": Refusal("Acceso denegado. No está autorizado a usar esta aplicación."),
    # a one-time code
    "english-one-time-code": Form(None, None, "Sign In", code="One-time code"),
    "german-code-as-password-field": Form(None, None, "Bestätigen", code="Bestätigungscode"),
    "english-six-boxes": Form(None, None, "Verify", code="Digit 1", boxes=6),
    "keycloak-shape-code": Form(None, None, "Sign In", code="One-time code"),
    "keycloak-shape-two-devices": Form(None, None, "Sign In", code="One-time code", others=("",)),
    "english-set-up-authenticator": Form(None, None, "Submit", code="Code of the app"),
    "keycloak-shape-wrong-code": Form(
        None, None, "Sign In", code="One-time code", error="Invalid authenticator code."
    ),
    "english-wrong-code-in-red": Form(
        None, None, "Verify", code="Enter code", error="That code did not match. Try again."
    ),
    "french-code-by-text-message": Form(
        None, None, "Vérifier", code="Code", remember="Ne plus demander pendant 14 jours"
    ),
    "lemonldap-shape-code": Form(
        None, None, "Connect", code="Code", remember="Stay connected on this device"
    ),
    "portuguese-password-and-code": Form("Usuário", "Senha", "Entrar", code="Código do token"),
    "german-code-with-picture-and-resend": Form(
        None,
        None,
        "Überprüfen",
        code="Geben Sie den Code ein",
        remember="60 Tage lang nicht mehr fragen",
    ),
    "french-code-something-else": Form(None, None, "Vérifier", code="Saisir le code"),
    "korean-try-another-way": Form(
        None, None, "다음", code="코드 입력", remember="이 기기에서 다시 묻지 않음"
    ),
    "swedish-code-expired": Form(
        None,
        None,
        "Fortsätt",
        code="Engångskod",
        error="Koden har gått ut. Begär en ny kod.",
    ),
    # one of several
    "italian-home-realm": Choose(
        "Accedere con uno di questi account", ("Active Directory", "Partner Example")
    ),
    "chinese-choose-how-to-verify": Choose(
        "请选择一种验证方式", ("使用身份验证器应用", "向 +XX *******42 发送短信")
    ),
    "portuguese-which-of-three-numbers": Choose(
        "Qual número aparece no seu telefone?", ("12", "58", "93")
    ),
    "english-push-not-yet-sent": Choose(
        "Get a push notification", ("Send push", "Verify with something else")
    ),
    "english-account-tiles": Choose(
        "Pick an account", ("Jane Doe jane@example.com", "Use another account")
    ),
    "german-choose-an-account": Choose(
        "Konto auswählen",
        (
            "Jane Beispiel jane@example.com",
            "Joe Beispiel joe@example.com",
            "Anderes Konto verwenden",
        ),
    ),
    "english-choose-a-factor": Choose(
        "Select from the following options", ("Select authenticator app.", "Select email.")
    ),
    "english-ways-to-verify": Choose(
        "Verify your identity",
        (
            "Approve a request on my Microsoft-like app",
            "Use a verification code",
            "Text +XX XXXXXXX42",
        ),
    ),
    "italian-choose-with-circles": Choose(
        "Scegli un metodo di verifica",
        ("App di autenticazione", "SMS al numero che finisce con 42"),
        "Continua",
    ),
    "polish-which-identity-provider": Choose(
        "Wybierz dostawcę tożsamości", ("Example Corp", "Partnerzy")
    ),
    # to stay signed in
    "english-stay-signed-in": StaySignedIn("Yes", "No"),
    "spanish-stay-signed-in": StaySignedIn("Sí", "No"),
    "japanese-stay-signed-in": StaySignedIn("はい", "いいえ"),
    "english-is-this-your-device": StaySignedIn(
        "Yes, this is my device", "No, other people use this device"
    ),
    # something to do on another device
    "english-number-to-match": PushApproval(
        "Approve sign-in request. Open your authenticator app, and enter the number shown.", "42"
    ),
    "english-tap-the-number": PushApproval(
        "Check your phone. Tap Yes on the notification, then tap the number to sign in. "
        "Don't ask again on this device.",
        "77",
    ),
    "english-tap-one-of-three-numbers": PushApproval(
        "Check your phone. Open the app on your phone and tap 58 to finish signing in.", "58"
    ),
    "russian-number-to-match": PushApproval(
        "Подтвердите вход. Введите это число в приложении на вашем устройстве.", "8"
    ),
    "japanese-number-to-match": PushApproval(
        "サインイン要求を承認. アプリを開き、表示された番号を入力してください。"
        "スマートフォンで承認します。",
        "05",
    ),
    "german-push": PushApproval(
        "Genehmigen Sie die Anfrage auf Ihrem Smartphone. "
        "Eine Push-Benachrichtigung wurde gesendet.",
        "",
    ),
    "english-push-with-buttons": PushApproval(
        "Check for a push. Verify it's you by approving the notification: "
        'approve it on your phone. Sent to "Phone" (••• 42).',
        "",
    ),
    # more than a terminal can do
    "english-captcha": Unsupported("the text in a picture", fillable=True),
    "chinese-password-and-picture": Unsupported("the text in a picture", fillable=True),
    "english-puzzle-in-a-frame": Unsupported("a CAPTCHA to be solved", fillable=True),
    "english-security-key": Unsupported("a security key or a passkey", fillable=True),
    "keycloak-shape-passkey": Unsupported("a security key or a passkey", fillable=True),
    "register-only": Unsupported("a new password", fillable=True),
    "english-browser-asks-for-password": Unsupported(
        "a password in a dialog of the browser", fillable=False
    ),
    "english-password-runs-out-soon": Unsupported("", fillable=True),
    "polish-more-information-needed": Unsupported("", fillable=True),
    "english-consent": Unsupported("", fillable=True),
    "german-voucher-code": Unsupported("", fillable=True),
    "danish-reset": Unsupported("", fillable=True),
    "newsletter-only": Unsupported("", fillable=True),
}


def simplified(page: Description) -> Form | Choose | StaySignedIn | PageKind:
    question = classify(page)
    if isinstance(question, SignInForm):
        return Form(
            username=caption(question.username),
            password=caption(question.password),
            button=question.button.text if question.button else None,
            code=question.code[0].caption if question.code else None,
            boxes=len(question.code) if len(question.code) > 1 else 0,
            remember=caption(question.remember),
            error=question.error,
            others=tuple(each.caption for each in question.others),
        )
    if isinstance(question, Choice):
        button = question.button.text if question.button else None
        return Choose(question.words, tuple(each.text for each in question.options), button)
    if isinstance(question, StaySignedInOffer):
        return StaySignedIn(question.accept.text, question.decline.text)
    return question


def caption(field: Field | None) -> str | None:
    return field.caption if field else None


@pytest.mark.parametrize("name", NAMES)
def test_a_page_asks(name: str) -> None:
    assert simplified(description(name)) == EXPECTED[name]


def test_the_table_has_a_row_for_each_page() -> None:
    assert sorted(EXPECTED) == NAMES


REFUSALS = [
    "Your account has been locked. Contact your administrator.",
    "Ihr Konto ist gesperrt.",
    "Votre mot de passe a expiré.",
    "Su cuenta está bloqueada.",
    "Sua conta foi bloqueada.",
    "Accesso negato.",
    "Uw account is geblokkeerd.",
    "Konto zostało zablokowane.",
    "Přístup byl zamítnut. Účet je zablokován.",
    "Ditt konto är låst.",
    "Brukeren er sperret.",
    "Kontoen er spærret.",
    "Tilisi on lukittu.",
    "A fiók zárolva van.",
    "Contul a fost blocat.",
    "Hesabınız kilitlendi.",
    "Учетная запись заблокирована.",
    "Ο λογαριασμός έληξε.",
    "アカウントがロックされています。",
    "您的帐户已被锁定。",
    "계정이 잠겼습니다.",
    "خطأ في الحساب.",
    "החשבון נעול.",
]


@pytest.mark.parametrize("words", REFUSALS)
def test_a_page_that_says_no_is_shown_in_its_own_words(words: str) -> None:
    page = replace(description("blank"), title="Example", lines=("Example", words))
    assert classify(page) == Refusal(words)


def test_a_long_page_that_has_such_a_word_somewhere_is_no_refusal() -> None:
    lines = ("Terms of use",) * 20 + ("An account can be locked.",)
    page = replace(description("blank"), lines=lines)
    assert classify(page) == Unsupported("", fillable=False)


def test_a_form_in_a_frame_is_known_by_the_frame_and_its_origin() -> None:
    page = description("frame-of-another-site")
    form = classify(page)
    assert isinstance(form, SignInForm)
    assert page.origins[form.last.frame] == "https://other.example.com"
    assert page.origin == "https://idp.example.com"


def test_a_form_says_where_it_is_submitted_to() -> None:
    form = classify(description("english-one-page"))
    assert isinstance(form, SignInForm)
    assert form.targets == ("https://idp.example.com",)


def test_where_a_button_submits_a_form_to_counts_too() -> None:
    page = description("english-one-page")
    group = replace(page.groups[0], formactions=("http://other.example.com",))
    form = classify(replace(page, groups=(group, *page.groups[1:])))
    assert isinstance(form, SignInForm)
    assert form.targets == ("https://idp.example.com", "http://other.example.com")


def test_a_page_that_could_not_be_described_is_unsupported_once_it_is_loaded() -> None:
    page = replace(description("blank"), failed=True)
    assert classify(replace(page, state="complete")) == Unsupported("", fillable=True)
    assert isinstance(classify(replace(page, state="loading")), Loading)


def test_a_sign_in_form_beside_a_frame_that_could_not_be_described_is_answered() -> None:
    page = replace(description("english-one-page"), failed=True)
    assert isinstance(classify(page), SignInForm)


@pytest.mark.parametrize(
    "nonsense", [None, 7, "text", [None], [7], [[]], {"a": 1}, [{"index": "x"}]]
)
def test_a_page_that_tampers_with_the_script_does_no_harm(nonsense: object) -> None:
    names = ("origin", "fields", "buttons", "groups", "alerts", "lines", "hidden", "document")
    page = Description.parse([dict.fromkeys(names, nonsense)])
    assert classify(page) is not None
