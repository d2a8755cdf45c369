namespace P2P.Cli;

/// <summary>
/// Where one command line comes from and where its answers go: this process, or another one that asked a running node over the control socket.
/// A verb takes its streams from here and never from <see cref="Console"/>, so that it runs in both places.
/// </summary>
internal sealed class CommandContext
{
    /// <summary>The command line, without the program's name.</summary>
    public required IReadOnlyList<string> Arguments { get; init; }

    /// <summary>Folder that relative paths of the command line start from.</summary>
    public required string Directory { get; init; }

    /// <summary>Data.</summary>
    public required TextWriter Out { get; init; }

    /// <summary>Talk.</summary>
    public required TextWriter Errors { get; init; }

    /// <summary>Bytes of the user's standard input; opened at most once.</summary>
    public required Func<Stream> OpenInput { get; init; }

    /// <summary>Bytes to the user's standard output, as they are; <see cref="OpenShown"/> is for what others made.</summary>
    public required Func<Stream> OpenOutput { get; init; }

    /// <summary>Opens a file in the user's editor, on the user's terminal; gives its exit code.</summary>
    public required Func<string, CancellationToken, Task<int>> EditAsync { get; init; }

    /// <summary>Which of the user's streams are a terminal.</summary>
    public TerminalUse Terminal { get; init; }

    /// <summary>The node that runs already and serves this command; null in a process that has none yet.</summary>
    public NodeHost? Host { get; init; }

    /// <summary>The verbs a running node serves; filled while the command tree is built.</summary>
    public HashSet<System.CommandLine.Command> NodeVerbs { get; } = [];

    /// <summary>Waits until what was written has left: the brake of verbs that write for long.</summary>
    public required Func<CancellationToken, Task> FlushAsync { get; init; }

    /// <summary>The command line of this process.</summary>
    public static CommandContext OfProcess(IReadOnlyList<string> arguments) => new()
    {
        Arguments = arguments,
        Directory = Environment.CurrentDirectory,
        Out = Console.Out,
        Errors = Console.Error,
        OpenInput = StandardInput.Open,
        OpenOutput = Console.OpenStandardOutput,
        EditAsync = UserEditor.RunAsync,
        FlushAsync = static token => Console.Out.FlushAsync(token),
        Terminal = (Console.IsInputRedirected || !StandardInput.IsOpen ? TerminalUse.None : TerminalUse.Input)
            | (Console.IsOutputRedirected ? TerminalUse.None : TerminalUse.Output)
            | (Console.IsErrorRedirected ? TerminalUse.None : TerminalUse.Errors),
    };

    /// <summary>Where bytes go that others made: as they are into a file or a pipe, as harmless text onto a terminal.</summary>
    public Stream OpenShown() => Terminal.HasFlag(TerminalUse.Output) ? new ShownStream(Out) : OpenOutput();

    /// <summary>A path of the command line, made absolute.</summary>
    public string PathOf(string path) => Path.GetFullPath(path, Directory);
}
