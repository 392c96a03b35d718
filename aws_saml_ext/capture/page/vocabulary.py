"""The words that pages use, by meaning, in many languages. One table; pure.

A word with a `*` is the beginning of a word. In scripts that put no blanks between words, and in
those that inflect them (Cyrillic, Greek, Arabic, Hebrew), a word matches anywhere in a text.
"""

# ruff: noqa: RUF001 - letters of other scripts that look like Latin ones are intended

from __future__ import annotations

from functools import cache

from aws_saml_ext.capture.page.button_words import BUTTON_WORDS
from aws_saml_ext.capture.page.meanings import Meaning
from aws_saml_ext.capture.page.words import Word, plain

WORDS: dict[Meaning, str] = {
    Meaning.USERNAME: """
        username*, user name*, user id*, userid*, user, login, login name, logon, logon name,
        sign-in name, sign in name, account, account name, e-mail*, email*, mail, upn, uid,
        employee id, employee number, staff id, member id, network id, netid, domain\\user
        benutzer*, anmeldename, kennung, nutzername, nutzerkennung, personalnummer, konto
        identifiant*, nom d'utilisateur, utilisateur, adresse électronique,
        courriel, compte
        usuario, nombre de usuario, correo*, cuenta, identificador
        usuário, nome de usuário, nome de utilizador, utilizador, conta, endereço de e-mail
        nome utente, utente, indirizzo e-mail, posta elettronica
        gebruiker*, inlognaam, aanmeldnaam, e-mailadres
        nazwa użytkownika, użytkownik, adres e-mail, konto
        uživatel*, přihlašovací jméno, uživatelské jméno
        användar*, brukernavn, brugernavn, bruger, bruker, käyttäjä*, käyttäjätunnus, tunnus,
        e-post*, sähköposti*
        felhasználó*, utilizator*, nume de utilizator, kullanıcı*, e-posta, tên đăng nhập
        логин, пользовател, учетная запись, учётная запись, электронная почта, эл. почта,
        користувач, імя користувача, ім'я користувача
        όνομα χρήστη, χρήστη
        ユーザー, ユーザ名, ログインid, アカウント, メールアドレス, 社員番号
        用户名, 用户, 使用者名稱, 帳號, 账号, 帐号, 账户, 電子郵件, 邮箱, 电子邮件, 工号
        사용자, 아이디, 이메일, 계정
        اسم المستخدم, البريد الإلكتروني, שם משתמש, דואר אלקטרוני, ชื่อผู้ใช้, उपयोगकर्ता""",
    Meaning.PASSWORD: """
        password*, passphrase*, passwort*, kennwort*, mot de passe, mots de passe,
        contraseña*, clave,
        senha*, palavra-passe, wachtwoord*, hasło, heslo, lösenord*, passord*, adgangskode*,
        salasana*, jelszó*, parola, parolă, şifre*, mật khẩu
        пароль, парол, κωδικός πρόσβασης, συνθηματικό, パスワード, 密码, 密碼, 口令, 비밀번호,
        암호, كلمة المرور, كلمة السر, סיסמה, סיסמא, รหัสผ่าน, पासवर्ड""",
    Meaning.NEW_PASSWORD: """
        new password, confirm*, repeat*, re-enter*, retype*, password again, choose a password,
        create a password, neues passwort, neues kennwort, bestätig*, wiederhol*,
        nouveau mot de passe, nueva contraseña, repetir, repita, nova senha, conferma,
        nuova password, nieuw wachtwoord, herhaal, bevestig*, nowe hasło, powtórz*, potwierdź*,
        nové heslo, nytt lösenord, bekräfta, uusi salasana, yeni şifre, onayla*
        новый пароль, подтверд, повторите, 新しいパスワード, パスワードの確認, 新密码, 确认密码,
        確認密碼, 새 비밀번호, 비밀번호 확인""",
    Meaning.CODE: """
        code*, passcode*, otp, totp, one-time*, one time*, verification*, authenticator*,
        token*,
        pin, 2fa, mfa, two-factor*, two-step*, einmalcode*, einmalkennwort*, einmalpasswort*,
        sicherheitscode*, bestätigungscode*, codice*, código*, kod, kód*, koodi*, kode*,
        verificatiecode*, beveiligingscode*, toegangscode*,
        verifieringskod*, engångskod*, säkerhetskod*, engangskod*, sikkerhetskod*, sikkerhedskod*,
        bekreftelseskod*, bekræftelseskod*, kertakäyttö*, vahvistuskood*, doğrulama*
        код, κωδικός επαλήθευσης, ワンタイム, 認証コード, 確認コード, 验证码, 驗證碼, 动态码,
        动态密码, 一次性, 인증번호, 코드, رمز التحقق, קוד""",
    Meaning.CAPTCHA: """
        captcha*, not a robot, characters you see, letters you see, characters in the image,
        kein roboter, je ne suis pas un robot, no soy un robot, не робот,
        私はロボットではありません, ロボット, 图形验证码, 機器人, 机器人""",
    Meaning.SEARCH: """
        search*, such*, find, recherche*, rechercher, busca*, pesquis*, procurar, cerca,
        ricerca, zoek*, szukaj*, hledat*, hledej, sök*, søk*, søg*, haku, etsi, keres*, căuta*, ara,
        arama, поиск, найти, пошук, αναζήτηση, 検索, 搜索, 搜尋, 검색, بحث, חיפוש""",
    Meaning.NEWSLETTER: """
        newsletter*, subscribe*, subscription, abonn*, boletín*, suscrib*, assinar, novidades,
        inscreva*,
        iscriviti*, nieuwsbrief*, zapisz się, odběr*, nyhetsbrev*, nyhedsbrev*, uutiskirje*,
        hírlevél*, bülten*, рассылк, подпис, ニュースレター, メルマガ, 订阅, 訂閱, 구독,
        stay up to date""",
    Meaning.REGISTER: """
        register*, sign up, sign-up, create account, create an account, create your account,
        join*, new account, registrier*, konto erstellen, konto anlegen, neues konto, s'inscrire,
        inscription, créer un compte, créez votre compte, registrarse, regístrese,
        regístrate, crear cuenta, crear una cuenta, cadastr*, criar conta, criar uma conta,
        registrati, crea un account, crea account, registreren, registreer*, account aanmaken,
        zarejestruj*, utwórz konto, zaregistr*, vytvořit účet, skapa konto, registrera*,
        opprett*, opret konto, rekisteröidy, luo tili, regisztr*, kayıt ol*, hesap oluştur*
        регистрац, зарегистрир, создать, εγγραφή, 新規登録, アカウントを作成, 会員登録, 注册,
        註冊, 创建, 회원가입, 가입, إنشاء حساب, הרשמה""",
    Meaning.FORGOT: """
        forgot*, reset*, recover*, lost password, trouble signing in, passwort vergessen,
        kennwort vergessen, zurücksetzen, oublié*, réinitialiser, olvid*, restablecer,
        recuperar,
        esque*, redefinir, dimenticat*, reimposta*, vergeten, nie pamięta*, zapomn*, resetuj,
        glömt, glemt, unohd*, unuttu*, elfelejt*
        забыли, сброс, восстанов, ξεχάσατε, 忘れ, 再設定, 忘记, 忘記, 重置, 找回, 잊으셨,
        재설정, نسيت, שכחת""",
    Meaning.SIGN_IN: """
        sign in, sign-in, signin, log in, login, log-in, logon, log on, enter, anmeld*,
        einlogg*, connexion, connecter, se connecter, connectez*, s'identifier,
        authentification,
        identification, authenticate, authentication, iniciar sesión, inicie sesión,
        inicia sesión,
        acceder, ingresar, entrar, iniciar sessão, acessar, accedi, accesso, aanmelden,
        inloggen, zaloguj*, logowanie, přihlá*, logga in, logg inn, logg på, log ind, kirjaudu*,
        bejelentkez*, belépés, autentificare, conectare, oturum aç*, giriş*, đăng nhập
        войти, вход, увійти, σύνδεση, είσοδος, サインイン, ログイン, ログオン, 登录, 登入,
        登錄, 登陆, 로그인, تسجيل الدخول, دخول, התחבר, כניסה, เข้าสู่ระบบ, लॉग इन""",
    Meaning.CONTINUE: """
        next, continue, submit, ok, go, proceed, confirm, verify, weiter, fortfahren,
        bestätigen,
        absenden, suivant, continuer, valider, siguiente, continuar, enviar, próximo, próxima,
        avançar, seguinte, avanti, continua, prosegui, volgende, doorgaan, verder, dalej,
        kontynuuj, další, pokračovat, nästa, fortsätt*, neste, fortsett*, næste, fortsæt*,
        seuraava, jatka, tovább, következő, ileri, devam*
        далее, продолжить, далі, επόμενο, συνέχεια, 次へ, 続行, 進む, 送信, 下一步, 下一頁,
        继续, 繼續, 提交, 다음, 계속, 확인, التالي, متابعة, הבא, המשך""",
    Meaning.OTHER_METHOD: """
        with google, with apple, with microsoft, with facebook, with github, with a passkey,
        with passkey, with sso, with a security key, passkey*, qr code, smart card, smartcard,
        certificate, kerberos, windows authentication, mit google, avec google, con google,
        com o google""",
    Meaning.OTHER_BUTTON: """
        cancel*, back, close, help, show*, hide*, clear, accept*, reject*, decline*, allow*,
        manage*,
        settings, options, language*, abbrechen, zurück, schließen, hilfe, anzeigen, einblenden,
        ausblenden, akzeptieren, ablehnen, alle akzeptieren, annuler, retour, fermer, aide,
        afficher, masquer, accepter, refuser, cancelar, volver, cerrar, ayuda, mostrar, aceptar,
        rechazar, voltar, fechar, aceitar, rejeitar, annulla, indietro, chiudi, mostra, accetta,
        rifiuta, annuleren, terug, sluiten, tonen, accepteren, anuluj, wstecz, pokaż, akceptuj*,
        zrušit, zpět, zobrazit, avbryt, tillbaka, visa, godkänn*, peruuta, näytä, hyväksy*
        отмена, назад, показать, принять, キャンセル, 戻る, 表示, 同意, 取消, 返回, 显示,
        接受, 취소, 뒤로, 표시""",
    Meaning.REFUSAL: """
        error*, fail*, denied, not allowed, not authorized, not authorised, unauthorized,
        forbidden, locked, disabled, deactivated, expired, blocked, suspended, invalid,
        incorrect, wrong, unable, could not, couldn't, not found, not exist,
        no access, not assigned, not permitted, unavailable, rejected, problem, sorry,
        unsuccessful, went wrong, too many, contact your administrator, contact the administrator
        fehler*, gesperrt, deaktiviert, abgelaufen, verweigert, ungültig*, falsch*,
        fehlgeschlagen,
        nicht berechtigt, nicht möglich, nicht gefunden, nicht erlaubt, keine berechtigung,
        blockiert
        erreur*, échou*, échec, refusé*, interdit*, verrouillé*, bloqué*, expiré*, désactivé*,
        invalide*, incorrect*, impossible, introuvable, non autorisé*
        denegad*, bloquead*, caducad*, expirad*, deshabilitad*, desactivad*, inválid*,
        incorrect*, falló, fallo, fallid*, no autorizad*, no se puede, no se pudo, no encontrad*
        erro, negad*, desativad*, incorret*, não autorizad*, não foi possível, não encontrad*,
        falha*
        errore*, negat*, bloccat*, scadut*, disabilitat*, non valid*, errat*, non autorizzat*,
        fallit*
        fout*, geweigerd, geblokkeerd, vergrendeld, verlopen, uitgeschakeld, ongeldig*,
        onjuist*, mislukt, niet toegestaan
        błąd*, błęd*, odmow*, zablokowan*, wygas*, wyłączon*, nieprawidłow*, chyba, chyb*,
        odepřen*, zamítn*, zablokován*, vypršel*, neplatn*, nespráv*, fel, nekad*, spärra*, låst*,
        ogiltig*,
        felaktig*, feil, avvist, sperret, ugyldig*, utløpt, utgått, fejl*, nægtet, spærret,
        udløbet, virhe*, evätty, estetty, lukittu, vanhentunut, virheelli*, hiba, megtagad*, zárol*,
        lejárt, érvénytelen*, helytelen*, eroare, respins*, blocat*, expirat*, hata*, reddedildi,
        kilit*, engellen*, geçersiz*, yanlış*, süresi dol*
        ошибк, отказ, запрещ, заблокир, истек, истёк, отключ, неверн, недоступ, неправильн,
        не найден, помилк, заборон, невірн, σφάλμα, κλειδω, έληξε, απορρίφθηκε, άκυρ, λάθος
        エラー, 失敗, 拒否, ロック, 期限切れ, 無効, 正しくありません, できません, 権限がありません,
        見つかりません
        错误, 錯誤, 失败, 失敗, 拒绝, 拒絕, 锁定, 鎖定, 过期, 過期, 禁用, 停用, 无效, 無效,
        不正确, 不正確, 无法, 無法, 没有权限, 오류, 실패, 거부, 잠금, 잠겼, 만료, 비활성, 잘못,
        올바르지 않,
        권한이 없
        خطأ, مرفوض, مقفل, غير صالح, שגיאה, נדחה, נעול, חסום""",
    Meaning.WAIT: """
        loading*, please wait, redirecting*, being redirected, signing in, signing you in,
        logging in, one moment, just a moment, processing, wird geladen, lädt, laden, bitte warten,
        weiterleitung,
        weitergeleitet, einen moment, chargement*, patienter, patientez, redirection*,
        cargando*,
        espere, redirigiendo*, carregando*, aguarde, redirecionando*, caricamento*, attendere,
        reindirizzamento*, even geduld, wordt geladen, doorgestuurd, ładowanie, proszę czekać,
        przekierow*, načít*, čekejte, laddar*, vänta, laster, vent, indlæser, ladataan, odota,
        yükleniyor*, bekleyin, yönlendiril*
        загрузка, подождите, перенаправ, зачекайте, φόρτωση, περιμένετε, 読み込み中,
        お待ちください, リダイレクト, 加载中, 載入中, 正在, 请稍候, 請稍候, 로드 중, 로딩, 잠시만,
        جار التحميل, טוען""",
    Meaning.STAY_SIGNED_IN: """
        stay signed in, stay logged in, stay connected, keep me signed in, keep me logged in,
        remember me, remember this, remember my, remember for, don't ask again, do not ask again,
        don't ask me again, do not challenge me, trust this, trust the browser, this is my device,
        is this your device, this is a trusted
        angemeldet bleiben, eingeloggt bleiben, gerät merken, anmeldung merken, vertrauen,
        nicht erneut fragen, nicht mehr fragen, daten speichern
        rester connecté, restez connecté, rester identifié, se souvenir de moi, faire confiance,
        ne plus demander, mémoriser, mantener la sesión, mantener sesión, seguir conectado,
        recordarme, recuérdame, recordar este, confiar en este, no volver a preguntar
        manter conectado, continuar conectado, permanecer conectado, mantenha-me conectado,
        manter sessão, lembrar-me, lembrar de mim, lembrar este, confiar neste
        rimani connesso, resta connesso, rimanere connesso, restare connesso, rimanere collegato,
        mantieni l'accesso, ricordami, ricorda questo
        aangemeld blijven, ingelogd blijven, aangemeld te blijven, blijf aangemeld, onthoud mij,
        dit apparaat vertrouwen
        nie wylogowuj, pozostań zalogowan*, zapamiętaj*, zůstat přihlášen*, zapamatovat*,
        förbli inloggad, håll mig inloggad, kom ihåg mig, hold meg pålogget, husk meg,
        forblive logget på, forblive logget ind, forbliv logget på, forbliv logget ind, husk mig,
        pysy kirjautuneena, muista minut,
        bejelentkezve marad*, maradjon bejelentkezve, emlékezz rám, rămâneți conectat,
        ține-mă minte, oturumumu açık, oturum açık kalsın, beni hatırla
        оставаться в системе, не выходить, запомнить, довер, пам'ятати, запам'ятати
        να παραμείνετε συνδεδεμέν, να με θυμάσαι, サインインの状態を維持, ログイン状態を保持,
        ログインしたまま, 次回から確認しない, このデバイスを信頼, 保持登录, 保持登入,
        记住我, 記住我, 信任此, 不再询问, 로그인 상태 유지, 로그인 유지, 이 기기를 신뢰, 다시 묻지,
        기억
        البقاء, تذكرني, זכור אותי, הישאר מחובר""",
    Meaning.YES: """
        yes*, ja, oui, sí, si, sim, sì, tak, ano, kyllä, igen, da, evet, trust*, stay signed in,
        remember*, keep me signed in, vertrauen, merken
        да, так, ναι, はい, 是, 是的, 예, 네, نعم, כן""",
    Meaning.NO: """
        no*, nein, nee, non, não, nie, ne, nej, nei, ei, nem, nu, hayır, don't*, do not*, not now,
        skip*, later, nicht*, später, plus tard, ahora no, agora não, non ora, niet*, inte nu, ikke
        нет, ні, όχι, いいえ, スキップ, 否, 不, 不是, 아니요, 아니오, لا, לא""",
    Meaning.CHOOSE: """
        choose*, select*, pick*, which, how would you like, how do you want, verify your identity,
        sign in using, verify with, another method, other methods, your accounts, more options,
        one of these accounts, one of the following, eines dieser konten, einem dieser konten,
        un de ces comptes, una de estas cuentas, uma destas contas, uno di questi account,
        een van deze accounts, jednego z tych kont
        wähl*, auswahl, auswähl*, welche*, aussuchen
        choisi*, sélectionn*, quel, quelle, elige*, elija*, selecciona*, seleccione*, cuál
        escolh*, selecion*, qual, scegli*, seleziona*, quale, kies*, selecteer*, welk*
        wybierz*, wybór, vyber*, vybrat, välj*, velg*, vælg*, valitse*, válass*, kiválaszt*,
        alege*, selecta*, seç*, chọn
        выбер, выбор, виберіть, оберіть, επιλ, 選択, 選んで, 选择, 選擇, 선택, اختر, בחר""",
    Meaning.APPROVE: """
        approve*, approval, push notification, sent a notification, sent you a notification,
        sent a push, check your phone, check your device, check your mobile, on your phone,
        on your device, on your mobile, open your authenticator, open the authenticator,
        open your microsoft authenticator, verify app, tap yes, tap the number,
        waiting for
        genehmig*, bestätigen sie auf, auf ihrem smartphone, auf ihrem telefon, auf ihrem handy,
        auf ihrem gerät, auf ihrem mobilgerät, push-benachrichtigung
        approuve*, sur votre téléphone, sur votre appareil, sur votre mobile, notification push,
        apruebe, aprueba, aprobar, en su teléfono, en tu teléfono, en su dispositivo,
        en tu dispositivo, en su móvil, notificación
        aprove, aprovar, no seu telefone, no seu celular, no seu telemóvel, no seu dispositivo,
        notificação, approva*, sul telefono, sul tuo telefono, sul dispositivo, notifica
        goedkeur*, keur goed, op uw telefoon, op je telefoon, op uw apparaat, melding
        zatwierdź*, na telefonie, na swoim telefonie, powiadomienie, schval*, v telefonu
        godkänn inloggning*, på din telefon, på din mobil, på telefonen, godkjenn*,
        på mobilen, hyväksy puhelim*, puhelimessa*, puhelimellasi, onaylay*, telefonunuz*
        подтвердите вход, одобр, на телефоне, на вашем устройстве, уведомлен, схвал
        εγκρίν, έγκριση, 承認, スマートフォン, 通知を, 批准, 批準, 手机, 手機, 审批, 승인, 휴대폰,
        알림을""",
    Meaning.SECURITY_KEY: """
        security key*, passkey*, webauthn, fido*, yubikey*, touch id, face id, windows hello,
        usb key, insert your key, sicherheitsschlüssel*, hauptschlüssel, passkey,
        clé de sécurité, clé d'accès, llave de seguridad, clave de seguridad, llave de acceso,
        chave de segurança, chave de acesso, chiave di sicurezza, chiave di accesso,
        beveiligingssleutel*, wachtwoordsleutel*, klucz bezpieczeństwa, klucz zabezpieczeń,
        bezpečnostní klíč, säkerhetsnyckel*, sikkerhetsnøkkel*, sikkerhedsnøgle*, suojausavain*,
        biztonsági kulcs*, güvenlik anahtarı
        ключ безопасности, электронный ключ, κλειδί ασφαλείας, セキュリティ キー, セキュリティキー,
        パスキー, 安全密钥, 安全金鑰, 通行密钥, 보안 키, 패스키, مفتاح الأمان, מפתח אבטחה""",
    Meaning.OPTIONAL: """
        optional*, only if, if enabled, if you have, if you use, falls, sofern, facultatif*,
        si vous, opcional*, facoltativ*, opzional*, optioneel, opcjonaln*,
        nepovinn*, valfri*, valgfri*, необязательно, 任意, 可选, 選填, 선택 사항""",
    Meaning.LANGUAGE: """
        language*, locale, sprache*, langue*, idioma*, lingua*, taal, język*, jazyk*, språk, sprog,
        kieli, nyelv, limba, limbă, dil, english, deutsch, français, español, italiano, nederlands
        язык, мова, γλώσσα, 言語, 日本語, 语言, 語言, 中文, 언어, 한국어, اللغة, שפה""",
    Meaning.OTHER_CODE: """
        company*, corporate*, organi*, customer*, client*, tenant*, branch*, site*, country*, store,
        postal*, zip*, area code, activation*, invitation*, voucher*, coupon*, promo*, referral*,
        firmen*, unternehmen*, kunden*, mandant*, filial*, postleit*, aktivierung*, einladung*,
        gutschein*, entreprise, société, agence, pays, d'activation, d'invitation, empresa*, país,
        cliente*, sucursal, activación, invitación, convite, ativação, azienda*, attivazione,
        bedrijf*, klant*, vestiging*, postcode, activering*, uitnodiging*, firmy, pocztowy,
        kund*, postnummer, virksomhed*, компани, организац, почтов, 会社, 郵便, 公司, 회사""",
    Meaning.LEAVE_EMPTY: """
        leave empty, leave blank, leave this field empty, leave this field blank, do not fill*,
        don't fill*, leer lassen, nicht ausfüllen, frei lassen, ne pas remplir, laisser vide,
        no rellen*, dejar en blanco, não preench*, deixe em branco, non compilare, lasciare vuoto,
        niet invullen, leeg laten""",
    Meaning.SIGNED_IN_AS: """
        signed in as, logged in as, logged on as, signing in as, continue as, angemeldet als,
        eingeloggt als, weiter als, connecté en tant que, continuer en tant que, conectado como,
        sesión iniciada como, continuar como, sessão iniciada como, connesso come, continua come,
        accesso eseguito come, aangemeld als, ingelogd als, doorgaan als, zalogowany jako""",
    Meaning.FOOTER: """
        privacy*, terms*, legal*, imprint, contact*, accessibility, about, copyright, english,
        help*, support*, feedback, learn more, can't access*, need help*, more information,
        datenschutz*, impressum, nutzungsbedingungen, kontakt*, hilfe*, mehr erfahren, barriere*,
        confidentialité, mentions légales, conditions*, aide, privacidad, términos, condiciones,
        ayuda, privacidade, termos, ajuda, informativa*, condizioni, aiuto, privacyverklaring,
        voorwaarden, prywatność, regulamin, pomoc, ochrana osobních údajů, podmínky, nápověda,
        integritet*, villkor, personvern*, vilkår, tietosuoja*, käyttöehdot, adatvéd*, gizlilik*,
        условия, конфиденциальн, справка, プライバシー, 利用規約, ヘルプ, 隐私, 隱私, 条款, 條款,
        帮助, 幫助, 개인정보, 약관, 도움말""",
    Meaning.COOKIES: "cookie*, クッキー, файлы cookie, 쿠키",
    **BUTTON_WORDS,
}


_LANGUAGES = frozenset(
    "ar cs da de el en es fi fr he hi hu it ja ko nb nl nn no pl pt ro ru sv th tr uk vi zh".split()
)
"""The languages of the table, as in the attribute `lang`."""


def is_known_language(tag: str) -> bool:
    """Return whether the table has the words of a language: `en-GB`."""
    return tag.replace("_", "-").partition("-")[0].lower() in _LANGUAGES


def mentions(text: str, meaning: Meaning) -> bool:
    """Return whether `text` contains a word of this meaning."""
    folded = plain(text)
    return any(word.is_in(folded) for word in _words(meaning))


def is_exactly(text: str, meaning: Meaning) -> bool:
    """Return whether `text`, that of a button for instance, is one word of this meaning."""
    folded = plain(text).strip(" .:…»>→!")
    return any(word.is_all_of(folded) for word in _words(meaning))


def name_after(text: str, meaning: Meaning) -> str:
    """Return the last word of a text whose other words are of this meaning: `Signed in as jane`."""
    words = text.strip(" .:()").split()
    return words[-1] if len(words) > 1 and is_exactly(" ".join(words[:-1]), meaning) else ""


@cache
def _words(meaning: Meaning) -> tuple[Word, ...]:
    words = (plain(word) for line in WORDS[meaning].splitlines() for word in line.split(","))
    return tuple(Word.of(word) for word in words if word)
