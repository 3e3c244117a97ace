# The function 'assume' for PowerShell. Printed by 'rolecall shell-init powershell'.

Remove-Item Alias:assume -ErrorAction SilentlyContinue

function assume {
    param([Parameter(Position = 0)][string]$Name, [switch]$Unset, [switch]$Help)

    $words = @()
    if ($Unset) { $words += '--unset' }
    if ($Help) { $words += '--help' }
    if ($Name) { $words += $Name }
    $lines = & @rolecall@ __assume powershell @words
    if ($LASTEXITCODE -eq 0 -and $lines) {
        Invoke-Expression (@($lines) -join "`n")
    }
}

Register-ArgumentCompleter -CommandName assume -ParameterName Name -ScriptBlock {
    param($commandName, $parameterName, $wordToComplete)

    $lines = @(& @rolecall@ __complete powershell "--current=$wordToComplete" -- rolecall whoami)
    $lines | Select-Object -Skip 1 | ForEach-Object {
        $text, $shown = $_ -split "`t", 2
        [System.Management.Automation.CompletionResult]::new(
            $text, $shown, [System.Management.Automation.CompletionResultType]::ParameterValue, $shown)
    }
}
