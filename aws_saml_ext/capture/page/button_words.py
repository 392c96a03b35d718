"""The words of buttons and links, by what they do; the part of `vocabulary.py` about them."""

from __future__ import annotations

from aws_saml_ext.capture.page.meanings import Meaning

BUTTON_WORDS: dict[Meaning, str] = {
    Meaning.SEND_PUSH: """
        send push, send a push, send me a push, send push notification, send notification,
        send a notification, send request, push senden, push-benachrichtigung senden,
        benachrichtigung senden, envoyer la notification, envoyer une notification,
        envoyer la notification push, envoyer push, enviar push, enviar notificación,
        enviar notificación push, enviar notificação, invia push, invia notifica,
        pushmelding verzenden, melding verzenden, wyślij powiadomienie, odeslat oznámení,
        skicka push, skicka avisering, send varsel, lähetä ilmoitus, bildirim gönder
        отправить уведомление, プッシュを送信, プッシュ通知を送信, 通知を送信, 发送推送, 發送推送,
        푸시 보내기, 푸시 알림 보내기""",
    Meaning.PUT_OFF: """
        remind me later, skip*, not now, maybe later, ask me later, do it later, later, ask later,
        später, überspringen, nicht jetzt, plus tard, ignorer, pas maintenant, más tarde, omitir,
        ahora no, mais tarde, pular, ignorar, agora não, più tardi, salta, non ora, overslaan,
        niet nu, pomiń, nie teraz, přeskočit, hoppa över, inte nu, hopp over, spring over, ohita,
        kihagyás, omite, atla, daha sonra, позже, пропустить, не сейчас, αργότερα, παράλειψη,
        後で, スキップ, 稍后, 跳过, 稍後, 略過, 나중에, 건너뛰기, لاحقا, تخطي, דלג""",
    Meaning.AGREE: """
        accept*, agree*, consent*, allow*, stimme zu, zustimmen, akzeptiere*, accepte*, j'accepte,
        acepto, aceptar, aceito, aceitar, accetto, accetta, accepteer*, ik ga akkoord, akceptuj*,
        souhlasím, godkänn*, godta*, accepter*, hyväksy*, elfogad*, kabul et*, принимаю, принять,
        соглас, αποδέχομαι, αποδοχή, 同意, 동의, أوافق, מסכים""",
    Meaning.DECLINE: """
        reject*, decline*, refuse*, deny, disagree*, don't accept, do not accept, don't agree,
        do not agree, don't allow, do not allow, without accepting, without consent*,
        without agreeing, ablehnen, lehne ab, verweigern, nicht akzeptieren, nicht zustimmen,
        stimme nicht zu, ohne zustimmung, ohne zu akzeptieren, ohne zuzustimmen, ohne einwilligung,
        refuser, sans accepter, sans consentir, sans accord, n'accepte pas, ne pas accepter,
        rechazar*, sin aceptar, no acepto, no aceptar, rejeitar, recusar, sem aceitar, não aceito,
        não aceitar, rifiuta*, senza accettare, non accetto, non accettare, weiger*, afwijz*,
        zonder accepteren, zonder te accepteren, niet akkoord, niet accepteren,
        odrzuć*, odmów*, bez akceptacji, nie akceptuj*, nie zgadzam,
        odmítnout*, zamítnout*, bez souhlasu, nesouhlasím, neka, avvisa*, utan att acceptera,
        utan att godkänna, avvis*, avslå*, uten å godta, afvis*, uden at acceptere,
        hylkää*, hyväksymättä, elutasít*, elfogadás nélkül, respinge*, refuz*, fără a accepta,
        reddet*, kabul etmeden, kabul etmiyorum
        отклонить, отказаться, не принимать, не принимаю, не соглас, без согласия, відхилити,
        απόρριψη, χωρίς αποδοχή, 拒否, 同意しない, 同意せず, 拒绝, 拒絕, 不同意,
        거부, 동의하지, 동의 없이, رفض, دون الموافقة, דחייה, דחה, לא מסכים""",
    Meaning.SEND_CODE: """
        send code, send the code, send a code, send me a code, send sms, send text, send passcode,
        text me, call me, get code, get a code, request code, code senden, code anfordern,
        envoyer le code, envoyer un code, enviar código, invia codice, code verzenden, wyślij kod,
        odeslat kód, skicka kod, send kode, lähetä koodi, kód küldése, kod gönder
        отправить код, コードを送信, 发送验证码, 获取验证码, 發送驗證碼, 인증번호 전송,
        코드 보내기""",
    Meaning.USE_PASSWORD: """
        use a password, use password, use your password, use my password, with a password,
        with password, with your password, password instead, enter password, mit kennwort,
        mit passwort, kennwort verwenden, passwort verwenden, avec un mot de passe,
        utiliser un mot de passe, con contraseña, usar contraseña, usar senha, usa password,
        wachtwoord gebruiken, użyj hasła, använd lösenord, bruk passord, brug adgangskode
        использовать пароль, パスワードを使用, 使用密码, 使用密碼, 비밀번호 사용""",
    Meaning.ANOTHER_WAY: """
        another way, other way*, different way, another method, different method, other method*,
        other option*, more option*, sign-in options, can't use*, andere methode*, andere art,
        andere möglichkeit*, autre méthode, autrement, autre façon, otra forma, otro método,
        outra forma, outro método, altro modo, altro metodo, op een andere manier, inny sposób,
        jiným způsobem, annat sätt, annen måte, anden måde, toinen tapa, más módon, başka bir yol
        другой способ, другим способом, 別の方法, 其他方式, 其他方法, 다른 방법""",
    Meaning.AGAIN: """
        try again, retry, start over, start again, begin again, sign in again, log in again,
        back to sign in, back to login, return to sign in, return to login, new session,
        click here, nochmal versuchen, erneut versuchen, noch einmal versuchen, neu starten,
        von vorn*, zurück zur anmeldung, hier klicken, réessayer, recommencer,
        cliquez ici, reintentar, intentar de nuevo, inténtalo de nuevo, volver a empezar,
        haga clic aquí, tentar novamente, tente novamente, recomeçar, clique aqui,
        riprova, ricomincia, clicca qui, opnieuw proberen, probeer opnieuw, opnieuw beginnen,
        klik hier, spróbuj ponownie, kliknij tutaj, zkusit znovu, klikněte zde,
        försök igen, klicka här, prøv igen, prøv på nytt, klikk her, klik her, yritä uudelleen,
        tekrar dene
        повторить, попробовать снова, нажмите здесь, 再試行, もう一度, 重试, 重試, 再试一次,
        다시 시도""",
    Meaning.ANOTHER_ACCOUNT: """
        not you, isn't you, not me, another account, different account, other account, switch user,
        switch account, change user, another user, different user, restart login, nicht sie,
        anderes konto, anderen konto, autre compte, pas vous, otra cuenta, no eres tú, outra conta,
        altro account, ander account, inne konto, jiný účet, annat konto, annen konto, anden konto
        другая учетная, другой аккаунт, 別のアカウント, 其他帐户, 使用其他, 다른 계정""",
    Meaning.SIGN_IN_WITH: """
        continue with*, sign in with*, log in with*, login with*, sign in using, anmelden mit,
        weiter mit, se connecter avec, continuer avec, iniciar sesión con, continuar con,
        entrar com, continuar com, accedi con, continua con, inloggen met, doorgaan met""",
    Meaning.CANNOT_SCAN: """
        unable to scan*, can't scan*, cannot scan*, trouble scanning, enter code manually,
        enter it manually, enter manually, manual entry, manual setup, set up manually, setup key,
        set up key, show key, show secret*, nicht scannen, manuell eingeben, schlüssel anzeigen,
        impossible de scanner, ne peut pas scanner, saisir manuellement, puedo escanear,
        puede escanear, introducir manualmente, consegue ler, consigo ler, inserir manualmente,
        impossibile scansionare, inserisci manualmente, niet scannen, handmatig invoeren,
        nie można zeskanować, wprowadź ręcznie, nelze naskenovat, zadat ručně, inte skanna,
        ange manuellt, ikke skanne, ikke scanne, indtast manuelt, syötä manuaalisesti, elle gir
        ввести вручную, スキャンできない, 手動で入力, 无法扫描, 無法掃描, 手动输入, 手動輸入,
        스캔할 수 없, 직접 입력""",
}
