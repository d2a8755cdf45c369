using System.CommandLine;
using System.CommandLine.Help;
using P2P.Cli.Commands;
using P2P.Crdt.Replication;
using P2P.Node;
using P2P.Transport.Connections;

namespace P2P.Cli;

/// <summary>The verbs, and what their failures mean as exit codes.</summary>
internal static class CommandTree
{
    // "@name" is what people write to each other, not a file of more arguments.
    private static readonly ParserConfiguration s_parser = new() { ResponseFileTokenReplacer = null };

    public static async Task<int> RunAsync(CommandContext context, CancellationToken cancellationToken)
    {
        GlobalOptions options = new(context);
        Command root = Create(options);
        if (context.Host is null && Suggestions.TryAnswer(context, root, s_parser))
        {
            return ExitCode.Ok;
        }

        ParseResult parsed = root.Parse([.. context.Arguments], s_parser);
        return parsed.Errors.Count > 0 ? UsageErrors.Tell(context, options.OutputOfMistake(parsed), parsed) : await InvokeAsync(options, parsed, options.OutputOf(parsed), cancellationToken);
    }

    /// <summary>Runs the verb; what it throws becomes a message and an exit code.</summary>
    private static async Task<int> InvokeAsync(GlobalOptions options, ParseResult parsed, Output output, CancellationToken cancellationToken)
    {
        CommandContext context = options.Context;
        try
        {
            if (context.Host is not null && !context.NodeVerbs.Contains(parsed.CommandResult.Command))
            {
                throw new CliException(CliError.ControlRefused, $"'{parsed.CommandResult.Command.Name}' is not a verb that a running node serves.");
            }

            InvocationConfiguration invocation = new()
            {
                EnableDefaultExceptionHandler = false,
                Output = context.Out,
                Error = context.Errors,
                ProcessTerminationTimeout = null, // StopSignals has them
            };
            return await parsed.InvokeAsync(invocation, cancellationToken);
        }
        catch (P2PException error)
        {
            output.Error(error.Code, await MessageAsync(options, parsed, error, cancellationToken), FlagHints.Of(error.Error, error.Message));
            return error.ExitCode;
        }
        catch (StoreException error)
        {
            P2PException known = P2PException.Of(error);
            output.Error(known.Code, await MessageAsync(options, parsed, known, cancellationToken), FlagHints.Of(known.Error, known.Message));
            return known.ExitCode;
        }
        catch (CliException error)
        {
            output.Error(error.Code, $"{error.Error}: {error.Message}");
            return CodeOf(error.Error);
        }
        catch (TransportException error)
        {
            output.Error(error.Error == TransportError.Timeout ? "timeout" : "transport", $"{error.Error}: {error.Message}");
            return error.Error == TransportError.Timeout ? ExitCode.NoPeers : ExitCode.Failed;
        }
        catch (OperationCanceledException)
        {
            return ExitCode.Interrupted;
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            output.Error("io", error.Message, "Look at the path, its permissions and the space on the disk.");
            return ExitCode.Failed;
        }
        catch (Exception error) when (context.Host is not null || !parsed.GetValue(options.Verbose))
        {
            // A defect of ours: the first line is for people, the trace for whoever mends it.
            output.Error("internal", $"{error.GetType().Name}: {error.Message}", "This is a defect. --verbose prints where it happened.");
            return ExitCode.Failed;
        }
    }

    /// <summary>A folder that the store finds in use is in use by a verb, as its holder says; the store knows a process only.</summary>
    private static async Task<string> MessageAsync(GlobalOptions options, ParseResult parsed, P2PException error, CancellationToken cancellationToken)
    {
        if (error.InnerException is not StoreException { Error: StoreError.Locked } || options.Context.Host is not null || cancellationToken.IsCancellationRequested)
        {
            return error.Message;
        }

        string directory = options.DataDirectory(parsed);
        return await Control.NodeHolder.AskAsync(directory, options.Context, cancellationToken) is string holder
            ? $"{directory} is in use by {holder}. Stop it, or choose another folder with --data."
            : error.Message;
    }

    /// <summary>All verbs.</summary>
    public static Command Create(GlobalOptions options)
    {
        HelpOption help = new("--help", "-h");
        help.Action = new GroupedHelp((HelpAction)help.Action!);
        // Not a RootCommand: that one calls itself by the assembly's name in its help.
        Command root = new("p2p", "Peers on a network edit shared documents, without a server.") { help, new VersionOption() };
        options.AddTo(root);
        root.Subcommands.Add(UpCommand.Create(options));
        root.Subcommands.Add(InitCommand.Create(options));
        root.Subcommands.Add(StatusCommand.Create(options));
        root.Subcommands.Add(PeersCommand.Create(options));
        root.Subcommands.Add(ChatCommand.Create(options));
        root.Subcommands.Add(PingCommand.Create(options));
        root.Subcommands.Add(DhtCommands.Create(options));
        root.Subcommands.Add(MetricsCommand.Create(options));
        root.Subcommands.Add(DashCommand.Create(options));
        root.Subcommands.Add(TopicCommands.Publish(options));
        root.Subcommands.Add(TopicCommands.Subscribe(options));
        root.Subcommands.Add(KeysCommand.Create(options));
        root.Subcommands.Add(DocCommands.Create(options));
        root.Subcommands.Add(PutCommand.Create(options));
        root.Subcommands.Add(GetCommand.Create(options));
        root.Subcommands.Add(SendCommands.Send(options));
        root.Subcommands.Add(SendCommands.Receive(options));
        root.Subcommands.Add(DagCommands.Create(options));
        root.Subcommands.Add(LogCommands.Create(options));
        root.Subcommands.Add(ClockCommands.Create(options));
        root.Subcommands.Add(TextCommands.Create(options));
        root.Subcommands.Add(BenchCommands.Create(options));
        root.Subcommands.Add(StoreCommands.Create(options));
        root.Subcommands.Add(DoctorCommand.Create(options));
        root.Subcommands.Add(CidCommand.Create(options));
        root.Subcommands.Add(ConfigCommand.Create(options));
        root.Subcommands.Add(CompletionCommand.Create(options));
        root.Subcommands.Add(VersionCommand.Create(options));
        FederationCommands.AddTo(root, options);
        return root;
    }

    private static int CodeOf(CliError error) => error switch
    {
        CliError.ReplayIncomplete or CliError.RecordUnknown or CliError.SnapshotMissing or CliError.DocumentUnknown => ExitCode.NotFound,
        CliError.CarInvalid or CliError.ReplayDiverged or CliError.ReceiptRefuted => ExitCode.VerificationFailed,
        CliError.ControlRefused or CliError.CompactionRefused or CliError.TicketNewer or CliError.ExecutionTooLarge
            or CliError.ImportLimited => ExitCode.Refused,
        CliError.NodeGone or CliError.EditorFailed => ExitCode.Failed,
        _ => ExitCode.Usage,
    };
}
