"""The reference for a sign-in with a kept session: a minimal script with the same result.

It starts a headless browser on the kept browser profile, opens the identity provider, reads the
SAMLResponse from the blocked POST to AWS in the browser's log, calls AssumeRoleWithSAML, and writes
the credentials with configparser. It checks nothing, and works with this identity provider only.

    python bare_sign_in.py PROFILE_FOLDER IDP_URL STS_URL CREDENTIALS_FILE ROLE_ARN PRINCIPAL_ARN
        [USERNAME]

With a USERNAME it waits for Keycloak's fields, prompts for the password on standard input, and
submits both.
"""

from __future__ import annotations

import configparser
import json
import shutil
import sys
import time
from pathlib import Path
from urllib.parse import parse_qs

import botocore.session
from botocore import UNSIGNED
from botocore.config import Config
from selenium import webdriver


def main(
    profile: str,
    idp_url: str,
    sts_url: str,
    credentials_file: str,
    role: str,
    principal: str,
    username: str = "",
) -> None:
    """Sign in and store the credentials."""
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    options.page_load_strategy = "none"
    for switch in (
        "--headless=new",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--host-resolver-rules=MAP signin.aws.amazon.com ~NOTFOUND",
        f"--user-data-dir={profile}",
    ):
        options.add_argument(switch)
    options.add_experimental_option("prefs", {"session.restore_on_startup": 1})
    options.set_capability("goog:loggingPrefs", {"performance": "ALL"})
    driver = webdriver.Chrome(options, webdriver.ChromeService(shutil.which("chromedriver")))
    driver.get(idp_url)
    if username:
        while not (fields := driver.find_elements("id", "username")):
            time.sleep(0.01)
        print("Password: ", end="", flush=True)
        password = input()
        fields[0].send_keys(username)
        driver.find_element("id", "password").send_keys(password)
        driver.find_element("id", "kc-login").click()
    assertion = _posted(driver)
    sts = botocore.session.Session().create_client(
        "sts",
        region_name="us-east-1",
        endpoint_url=sts_url,
        config=Config(signature_version=UNSIGNED),
    )
    answer = sts.assume_role_with_saml(
        RoleArn=role, PrincipalArn=principal, SAMLAssertion=assertion, DurationSeconds=3600
    )["Credentials"]
    file = configparser.RawConfigParser()
    file.read(credentials_file)
    file["bare"] = {
        "aws_access_key_id": answer["AccessKeyId"],
        "aws_secret_access_key": answer["SecretAccessKey"],
        "aws_session_token": answer["SessionToken"],
    }
    with Path(credentials_file).open("w") as out:
        file.write(out)
    driver.get("about:blank")
    driver.quit()


def _posted(driver: webdriver.Chrome) -> str:
    for _ in range(2000):
        for entry in driver.get_log("performance"):
            message = json.loads(entry["message"])["message"]
            request = message.get("params", {}).get("request", {})
            if request.get("url", "").startswith("https://signin.aws.amazon.com/saml"):
                return parse_qs(request["postData"])["SAMLResponse"][0]
        time.sleep(0.01)
    sys.exit("Nothing was posted to AWS.")


if __name__ == "__main__":
    main(*sys.argv[1:])
