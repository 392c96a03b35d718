<#
Install aws-saml-login and the alias `aws saml-login` for one user, in one step:

    powershell -ExecutionPolicy Bypass -File alias\install.ps1 [--with EXTRAS] [--without-hashes] [OPTIONS of `aws-saml-login install`]
    powershell -ExecutionPolicy Bypass -File alias\install.ps1 --uninstall

The extras are keyring (remembered passwords) and demo (the verb `demo`), in quotes where there are two:
--with 'demo,keyring'. Without --with, those of the installation before, else keyring; --with none
installs none.

It creates a Python environment in %LOCALAPPDATA%\aws-saml-ext from its own source tree. Run it
again to update: the new environment replaces the old one only if it works. Set $env:PYTHON to choose
the Python, 3.10 or newer.

pip takes each package only in the version, and with a hash, of constraints.txt beside this script.
--without-hashes takes the newest versions, where your package index lacks these. The packages of
demo have no hashes.

Not tested on Windows yet.
#>

Set-StrictMode -Version 2
$ErrorActionPreference = 'Stop'

$sourceTree = Split-Path -Parent $PSScriptRoot
$folder = Join-Path $env:LOCALAPPDATA 'aws-saml-ext'
# Alias and profiles use this junction to the current environment; a junction needs no privileges.
$current = Join-Path $folder 'current'
# With -I, no Python imports anything from the current folder or from PYTHONPATH.
$python = Join-Path $current 'Scripts\python.exe'

function Fail([string] $message, [string] $hint) {
    [Console]::Error.WriteLine("install.ps1: [ERROR]: $message")
    [Console]::Error.WriteLine($hint)
    exit 253
}

function Remove-Junction([string] $path) {
    # Remove-Item -Recurse of Windows PowerShell 5 follows a junction and empties its target.
    if (Test-Path -LiteralPath $path) { [IO.Directory]::Delete($path, $false) }
}

function Remove-Everything {
    if (Test-Path -LiteralPath $python) {
        $env:AWS_SAML_PROGRAM_GOES = '1'
        & $python -I -m aws_saml_ext uninstall
        $env:AWS_SAML_PROGRAM_GOES = $null
        if ($LASTEXITCODE -ne 0) {
            Fail 'The alias could not be removed.' `
                "Remove saml-login from ~\.aws\cli\alias, then the folder $folder"
        }
    }
    Remove-Junction $current
    if (Test-Path -LiteralPath $folder) { Remove-Item -LiteralPath $folder -Recurse -Force }
    Write-Host "Removed $folder."
}

# Find the first Python that is new enough; return its command and first arguments.
function Find-Python {
    $candidates = @(@('py', '-3'), @('python3'), @('python'))
    if ($env:PYTHON) { $candidates = @(, @($env:PYTHON)) }
    foreach ($candidate in $candidates) {
        if (-not (Get-Command $candidate[0] -ErrorAction SilentlyContinue)) { continue }
        $first = @($candidate | Select-Object -Skip 1)
        try {
            # A python.exe in WindowsApps may only open the Store; it fails here.
            & $candidate[0] @first -I -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 10))' *> $null
        } catch { continue }
        if ($LASTEXITCODE -eq 0) { return , $candidate }
    }
    Fail 'Python 3.10 or newer is not installed.' 'winget install Python.Python.3.13'
}

# Read --with and --without-hashes; return the other words, for `aws-saml-login install`.
function Read-Options([object[]] $words) {
    $rest = @()
    for ($i = 0; $i -lt $words.Count; $i++) {
        $word = [string] $words[$i]
        if ($word -eq '--without-hashes') {
            $script:withoutHashes = $true
        } elseif ($word -eq '--with') {
            $i++
            if ($i -ge $words.Count) {
                Fail '--with needs a list of extras.' "Such as: --with 'demo,keyring'"
            }
            $script:extras = $words[$i] -join ',' # PowerShell makes a list of demo,keyring
        } elseif ($word.StartsWith('--with=')) {
            $script:extras = $word.Substring('--with='.Length)
        } else {
            $rest += $word
        }
    }
    return , $rest
}

# Return the extras as a list; refuse those that do not exist.
function Get-Extras([string] $text) {
    $names = @($text.Split(',') | Where-Object { $_ -and $_ -ne 'none' })
    foreach ($name in $names) {
        if (@('demo', 'keyring') -cnotcontains $name) {
            Fail "There is no extra '$name'." "The extras are demo and keyring: --with 'demo,keyring'"
        }
    }
    return , $names
}

function New-Environment([string] $new) {
    $python = Find-Python
    $first = @($python | Select-Object -Skip 1)
    & $python[0] @first -I -m venv $new
    if ($LASTEXITCODE -ne 0) { throw 'Python could not create a virtual environment.' }
    # Build in a copy, because a build leaves files in its source tree.
    $copy = Join-Path $new 'source'
    New-Item -ItemType Directory -Path $copy | Out-Null
    foreach ($name in 'pyproject.toml', 'setup.py', 'README.md', 'CHANGELOG.md', 'LICENSE', 'aws_saml_ext') {
        Copy-Item -LiteralPath (Join-Path $sourceTree $name) -Destination $copy -Recurse
    }
    $pip = @('-I', '-m', 'pip', 'install', '--quiet', '--disable-pip-version-check')
    $installed = Join-Path $new 'Scripts\python.exe'
    $source = $copy
    if ($extraNames.Count -gt 0) { $source = "${copy}[$($extraNames -join ',')]" }
    if ($withoutHashes) {
        & $installed @pip $source
    } else {
        $constraints = Join-Path $PSScriptRoot 'constraints'
        $more = @()
        if ($extraNames -contains 'keyring') { $more = @('-r', "$constraints-keyring.txt") }
        $deps = @('--no-deps')
        if ($extraNames -contains 'demo') { $deps = @() }
        # setuptools, which builds the program, is one of them: an isolated build would take any other.
        & $installed @pip --require-hashes -r "$constraints.txt" @more
        if ($LASTEXITCODE -eq 0) { & $installed @pip --no-build-isolation @deps $source }
    }
    if ($LASTEXITCODE -ne 0) { throw 'pip could not install aws-saml-ext and its dependencies; see above.' }
    Remove-Item -LiteralPath $copy -Recurse -Force
    & (Join-Path $new 'Scripts\python.exe') -I -m aws_saml_ext help | Out-Null
    if ($LASTEXITCODE -ne 0) { throw 'The new environment does not work; see above.' }
}

if ($args.Count -gt 0 -and $args[0] -eq '--uninstall') {
    Remove-Everything
    exit 0
}
if ($args.Count -gt 0 -and @('help', '--help', '-h') -contains $args[0]) {
    foreach ($line in @(Get-Content -LiteralPath $PSCommandPath | Select-Object -Skip 1)) {
        if ($line -eq '#>') { break }
        Write-Output $line
    }
    exit 0
}

$remembered = Join-Path $folder 'extras'
$extras = 'keyring'
if (Test-Path -LiteralPath $remembered) { $extras = [IO.File]::ReadAllText($remembered).Trim() }
$withoutHashes = $false
$rest = Read-Options $args
$extraNames = Get-Extras $extras
New-Item -ItemType Directory -Force -Path $folder | Out-Null
$new = Join-Path $folder ('environment.' + [IO.Path]::GetRandomFileName())
$inPlace = $false
$problem = ''
try {
    $pythonPath = $env:PYTHONPATH
    $env:PYTHONPATH = $null # pip starts Pythons without -I
    Push-Location -LiteralPath $folder
    try { New-Environment $new } finally {
        Pop-Location
        $env:PYTHONPATH = $pythonPath
    }
    New-Item -ItemType Junction -Path "$current.new" -Target $new | Out-Null
    Remove-Junction $current
    [IO.Directory]::Move("$current.new", $current)
    $inPlace = $true
} catch {
    $problem = $_.Exception.Message
} finally {
    Remove-Junction "$current.new"
    if (-not $inPlace -and (Test-Path -LiteralPath $new)) {
        Remove-Item -LiteralPath $new -Recurse -Force
    }
}
if (-not $inPlace) { Fail $problem 'An earlier installation is unchanged. Fix the problem and run this script again.' }

[IO.File]::WriteAllText($remembered, ($extraNames -join ',')) # for the next installation
Get-ChildItem -LiteralPath $folder -Directory -Filter 'environment.*' |
    Where-Object { $_.FullName -ne $new } |
    Remove-Item -Recurse -Force -ErrorAction SilentlyContinue

& $python -I -m aws_saml_ext install @rest
exit $LASTEXITCODE
