using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Node.Logs;

namespace P2P.Cli.Commands;

/// <summary><c>p2p chat [ROOM]</c>: what is typed goes into a log document, so who comes late reads what was said.</summary>
internal static class ChatCommand
{
    /// <summary>A room is the log of this name and the room's.</summary>
    public const string LogPrefix = "chat/";

    private static readonly TimeSpan s_news = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_deliver = TimeSpan.FromSeconds(10);

    public static Command Create(GlobalOptions options)
    {
        Argument<string> room = new Argument<string>("ROOM") { Description = "Name of the room.", DefaultValueFactory = static _ => "lobby" }.SuggestsDocuments(options, LogPrefix);
        Option<int> lines = NumberOption.Create("--lines", "How many lines of what was said before to show.", 50, (0, int.MaxValue), "-n");
        Command command = new("chat", "Talk with everybody in a room; late comers read what was said. Ctrl-D or Ctrl-C leaves.") { room, lines };
        command.RunsOnNode(options, (session, parsed, token) => RunAsync(session, parsed.GetRequiredValue(room), Math.Max(0, parsed.GetValue(lines)), token));
        return command;
    }

    private static async Task<int> RunAsync(Session session, string room, int lines, CancellationToken cancellationToken)
    {
        DocumentNames.RequirePlain(room);
        IReplicatedLog<string> log = await session.Node.Logs.OpenAsync(LogPrefix + room, cancellationToken);
        await session.WithinAsync(s_news, log.WaitForSyncAsync, cancellationToken);
        session.Output.Say($"room {Printable.Line(room)} on network {session.Node.Network}; you are {OwnEvents.AuthorOf(log.Replica)?.Short ?? session.Node.Name}; {NodeFacts.Count(session.Node.Peers.Connected.Count, "peer")}; times are the authors' claims");
        ChatView view = new(session, log);
        await view.ShowPastAsync(lines, cancellationToken);

        using CancellationTokenSource over = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        Task following = view.FollowAsync(over.Token);
        List<LogEntry<string>> said = [];
        bool isClosed = false;
        try
        {
            Task<bool> typing = session.FollowAsync(token => TypeAsync(session, log, said, token), over.Token);
            if (await Task.WhenAny(typing, following) == following)
            {
                over.Cancel(); // the room was left by another command: nobody waits for a line that cannot be stored
            }

            await typing;
            if (said.Count > 0)
            {
                TimeSpan limit = IsAlone(session) ? TimeSpan.Zero : session.Timeout is null ? session.DeliveryLimit(log.Id, s_deliver) : s_deliver; // --timeout was spent in the room
                bool delivered = await session.WithinAsync(limit, log.WaitForDeliveryAsync, cancellationToken, "a peer to take what you said (Ctrl-C leaves; it is stored)");
                session.Output.Say(delivered ? "stored and delivered" : $"stored; {session.Undelivered}");
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            session.Output.Say("left the room; what you said is stored and will be delivered");
        }
        catch (OperationCanceledException)
        {
            isClosed = true;
        }
        finally
        {
            over.Cancel();
            await following;
            await view.ShowRestAsync(said);
        }

        return isClosed ? throw new P2PException(NodeError.Stopped, "The room is closed: another command left or deleted it.") : ExitCode.Ok;
    }

    // Who typed on a terminal and sees nobody wants to leave, not to wait; a script can wait.
    private static bool IsAlone(Session session) => session.Context.Terminal.HasFlag(TerminalUse.Input) && session.Node.Peers.Connected.Count == 0;

    private static async Task TypeAsync(Session session, IReplicatedLog<string> log, List<LogEntry<string>> said, CancellationToken cancellationToken)
    {
        using TextInput input = session.OpenInput(isPrompted: session.Context.Terminal.HasFlag(TerminalUse.Input)); // who types sees the room
        while (await input.ReadLineAsync(cancellationToken) is string line)
        {
            if (line.Length > 0)
            {
                said.Add(await OwnEvents.WriteAsync(session, (log.Name, log.Replica), token => log.AppendAsync(line, token), cancellationToken));
            }
        }

        if (session.Timeout is not null)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, Core.Runtime.SystemTime.Provider, cancellationToken); // --timeout says how long to stay
        }
    }

    /// <summary>What is shown of a room.</summary>
    private sealed class ChatView(Session session, IReplicatedLog<string> log)
    {
        private readonly HashSet<Cid> _shown = [];

        public async Task ShowPastAsync(int lines, CancellationToken cancellationToken)
        {
            IReadOnlyList<LogEntry<string>> past = await log.ReadAsync(cancellationToken);
            foreach (LogEntry<string> entry in past)
            {
                _shown.Add(entry.Event);
            }

            foreach (LogEntry<string> entry in past.Skip(Math.Max(0, past.Count - lines)))
            {
                Show(entry, isRetracted: false, isEcho: false);
            }

            await session.Context.FlushAsync(cancellationToken);
        }

        public async Task FollowAsync(CancellationToken cancellationToken)
        {
            try
            {
                await foreach (LogChange<string> change in log.Changes(cancellationToken: cancellationToken))
                {
                    if (change.IsRetraction || _shown.Add(change.Event))
                    {
                        Show(change.Entry, change.IsRetraction, isEcho: change.Author.Equals(OwnEvents.AuthorOf(log.Replica)));
                        await session.Context.FlushAsync(cancellationToken);
                    }
                }
            }
            catch (OperationCanceledException)
            {
                // left
            }
        }

        /// <summary>What was said last may not have come back before the room was left.</summary>
        public async Task ShowRestAsync(IEnumerable<LogEntry<string>> said)
        {
            foreach (LogEntry<string> entry in said.Where(e => _shown.Add(e.Event)))
            {
                Show(entry, isRetracted: false, isEcho: true);
            }

            await session.Context.FlushAsync(CancellationToken.None);
        }

        /// <summary>The user's own line stands on the terminal already, as it was typed: it is written over.</summary>
        private void Show(LogEntry<string> entry, bool isRetracted, bool isEcho)
        {
            JsonObject fields = new()
            {
                ["event"] = entry.Event.ToString(),
                ["author"] = entry.Author.Id.ToString(),
                ["name"] = entry.Author.Short,
                ["claimedAt"] = entry.At is DateTimeOffset at ? Output.Instant(at) : null,
                ["text"] = entry.Item,
                ["retracted"] = isRetracted,
            };
            string time = entry.At?.ToLocalTime().ToString("HH:mm", CultureInfo.InvariantCulture) ?? "  –  ";
            string text = isRetracted ? "(taken out: its author signed two events under one number)" : Printable.Line(entry.Item ?? "(not text)");
            bool isTyped = isEcho && session.Context.Terminal.HasFlag(TerminalUse.Input | TerminalUse.Output);
            session.Output.Fact("message", fields, $"{time} {entry.Author.Short}: {text}", overLast: isTyped);
        }
    }
}
