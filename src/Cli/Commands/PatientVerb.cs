using System.CommandLine;
using System.CommandLine.Invocation;
using P2P.Core.Runtime;

namespace P2P.Cli.Commands;

/// <summary>Verbs that read and compute on this machine alone: short for most documents, long for a large one.</summary>
internal static class PatientVerb
{
    /// <summary>Lets the verb say what is waited for when it takes more than two seconds.</summary>
    /// <param name="command">Its action is set.</param>
    /// <param name="options">Of the command tree.</param>
    /// <param name="what">What is waited for.</param>
    /// <param name="time">Null for the system's.</param>
    public static void Patiently(this Command command, GlobalOptions options, string what, TimeProvider? time = null)
    {
        AsynchronousCommandLineAction action = (AsynchronousCommandLineAction)command.Action!;
        command.SetAction((parsed, cancellationToken) =>
            new Patience(options.OutputOf(parsed), time ?? SystemTime.Provider).WhileAsync(() => action.InvokeAsync(parsed, cancellationToken), what));
    }
}
