using System.CommandLine;

namespace P2P.Cli.Commands;

/// <summary><c>p2p completion SHELL</c>: a script of ten lines that asks the program itself, through <c>[suggest:N]</c>.</summary>
internal static class CompletionCommand
{
    private const string Bash = """
        # p2p completion for bash:  source <(p2p completion bash)
        _p2p_complete() {
          local IFS=$'\n' word="${COMP_WORDS[COMP_CWORD]}"
          COMPREPLY=($(compgen -W "$(p2p "[suggest:${COMP_POINT}]" "${COMP_LINE}" 2>/dev/null)" -- "$word"))
          [ ${#COMPREPLY[@]} -eq 0 ] && COMPREPLY=($(compgen -f -- "$word"))
        }
        complete -F _p2p_complete p2p

        """;

    private const string Zsh = """
        # p2p completion for zsh:  source <(p2p completion zsh)
        _p2p_complete() {
          local -a words_found
          words_found=("${(@f)$(p2p "[suggest:${CURSOR}]" "${BUFFER}" 2>/dev/null)}")
          if [ -n "${words_found[1]}" ]; then compadd -- $words_found; else _files; fi
        }
        compdef _p2p_complete p2p

        """;

    private const string Fish = """
        # p2p completion for fish:  p2p completion fish | source
        function __p2p_complete
          set -l line (commandline -cp)
          set -l found (p2p "[suggest:"(string length -- "$line")"]" "$line" 2>/dev/null)
          if set -q found[1]
            printf '%s\n' $found
          else
            __fish_complete_path (commandline -ct)
          end
        end
        complete -c p2p -f -a '(__p2p_complete)'

        """;

    private const string Pwsh = """
        # p2p completion for PowerShell (not run: there was none where it was written):  p2p completion pwsh | Out-String | Invoke-Expression
        Register-ArgumentCompleter -Native -CommandName p2p -ScriptBlock {
          param($word, $line, $position)
          p2p "[suggest:$position]" "$line" 2>$null | ForEach-Object {
            [System.Management.Automation.CompletionResult]::new($_, $_, 'ParameterValue', $_)
          }
        }

        """;

    public static Command Create(GlobalOptions options)
    {
        Argument<string> shell = new("SHELL") { Description = "bash, zsh, fish or pwsh." };
        shell.AcceptOnlyFromAmong("bash", "zsh", "fish", "pwsh");
        Command command = new("completion", "Print a completion script for a shell.") { shell };
        command.SetAction(parsed =>
        {
            options.Context.Out.Write(parsed.GetRequiredValue(shell) switch { "bash" => Bash, "zsh" => Zsh, "fish" => Fish, _ => Pwsh });
            return ExitCode.Ok;
        });
        return command;
    }
}
