# Completion of aws-saml-login and `aws saml-login` in PowerShell, printed by:
#     aws-saml-login completion powershell
# It starts no Python. Names come from files as text: none is expanded, and each is quoted.

@tables@

function Get-AwsSamlLoginName([string] $kind) {
    $config = if ($env:AWS_CONFIG_FILE) { $env:AWS_CONFIG_FILE } else { Join-Path $HOME '.aws/config' }
    $folder = if ($env:AWS_SAML_FOLDER) { $env:AWS_SAML_FOLDER } else { Join-Path $HOME '.aws/saml' }
    if ($kind -eq 'roles') {
        $file = Join-Path $folder 'completions'
        if (-not (Test-Path -LiteralPath $file)) { return }
        foreach ($line in [IO.File]::ReadLines($file)) {
            if ($line -like 'arn:*') { $line; $line.Split('/')[-1] }
        }
        return
    }
    $section = if ($kind -eq 'nicknames') { 'saml-idp' } else { 'profile' }
    if (-not (Test-Path -LiteralPath $config)) { return }
    foreach ($line in [IO.File]::ReadLines($config)) {
        if ($section -eq 'profile' -and $line -match '^\[default\]') { 'default' }
        elseif ($line -match "^\[$section +(.*)\] *([#;].*)?`$") {
            $name = $Matches[1]
            if ($name -match '^''(.*)''$') { $name = $Matches[1].Replace('''"''"''', '''') }
            elseif ($name -match '^"(.*)"$') { $name = $Matches[1] }
            else {
                $name = $name.TrimEnd().Replace('\', '')
                if ($name.Contains(' ')) { continue } # aws does not read it
            }
            $name
        }
    }
}

$awsSamlLoginCompleter = {
    param($wordToComplete, $commandAst, $cursorPosition)
    $begin = $commandAst.Extent.StartOffset
    $elements = @($commandAst.CommandElements |
        Where-Object { $_.Extent.EndOffset -lt $cursorPosition -or $_.Extent.Text -ne $wordToComplete } |
        Where-Object { $_.Extent.StartOffset -lt $cursorPosition })
    $words = @($elements |
        ForEach-Object { if ($null -ne $_.Value) { [string] $_.Value } else { $_.Extent.Text } })
    $program = [IO.Path]::GetFileNameWithoutExtension($words[0])
    $door = 0
    if ($program -eq 'aws') {
        $door = [array]::IndexOf($words, 'saml-login')
        if ($door -lt 0) {
            $completer = Get-Command aws_completer -ErrorAction SilentlyContinue
            if (-not $completer) { return }
            $env:COMP_LINE = $commandAst.Extent.Text.PadRight($cursorPosition - $begin)
            $env:COMP_POINT = $cursorPosition - $begin
            & $completer | ForEach-Object {
                [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
            }
            Remove-Item Env:COMP_LINE, Env:COMP_POINT
            return
        }
    }
    $verb = ''; $kind = ''; $operand = ''
    for ($at = 1; $at -lt $words.Count; $at++) {
        if ($at -eq $door) { continue }
        $word = $words[$at]
        if ($kind) { $kind = ''; continue }
        if ($word -eq '--' -and $verb -eq 'exec') {
            # The command behind it is completed as if it stood alone.
            $line = $commandAst.Extent.Text.PadRight($cursorPosition - $begin)
            $from = $elements[$at].Extent.EndOffset - $begin
            $rest = $line.Substring($from, $cursorPosition - $begin - $from).TrimStart()
            [System.Management.Automation.CommandCompletion]::CompleteInput(
                $rest, $rest.Length, $null).CompletionMatches
            return
        }
        if ($word -like '--*=*') { continue }
        if ($word -like '-*') {
            $kind = $awsSamlLoginKinds[$word]
            if ($kind -eq '-') { $kind = '' } elseif (-not $kind) { $kind = 'text' }
        } elseif (-not $verb) { $verb = $word } else { $operand = $word }
    }
    $before = ''; $typed = $wordToComplete.Trim('''"')
    if (-not $kind -and $typed -match '^(--[^=]+)=(.*)$') {
        $before = $Matches[1] + '='; $typed = $Matches[2]; $kind = $awsSamlLoginKinds[$Matches[1]]
    }
    $found = if ($kind -in 'profiles', 'nicknames', 'roles') { Get-AwsSamlLoginName $kind }
    elseif ($kind -eq 'files') { return }
    elseif ($kind -eq 'tools') { $awsSamlLoginTools }
    elseif ($kind -like '=*') { $kind.Substring(1).Split(' ') }
    elseif ($kind) { return }
    elseif ($typed -like '-*') { $awsSamlLoginOptions[$verb] }
    elseif (-not $verb) { $awsSamlLoginVerbs }
    elseif (-not $operand) { $awsSamlLoginOperands[$verb] }
    foreach ($name in $found) {
        if (-not $name -or -not $name.StartsWith($typed)) { continue }
        $text = if ($name -match '^[\w.:/=+-]+$') { $name } else { "'" + $name.Replace("'", "''") + "'" }
        [System.Management.Automation.CompletionResult]::new($before + $text, $name, 'ParameterValue', $name)
    }
}
Register-ArgumentCompleter -Native -CommandName aws-saml-login, aws -ScriptBlock $awsSamlLoginCompleter
