using System.CommandLine;
using System.Net;
using System.Text.Json.Nodes;
using P2P.Cli.Files;
using P2P.Core.Multiformats;
using P2P.Node;
using P2P.Node.Files;

namespace P2P.Cli.Commands;

/// <summary><c>p2p send</c> and <c>p2p receive</c>: a file from one machine to another of the same network.</summary>
internal static class SendCommands
{
    private static readonly TimeSpan s_dial = TimeSpan.FromSeconds(5);

    public static Command Send(GlobalOptions options)
    {
        Argument<string> path = new("PATH") { Description = "File or folder." };
        Command command = new("send", "Offer a file or folder until Ctrl-C (or --timeout); with a running `p2p up` that one offers it and the command returns.") { path };
        command.RunsOnNode(options, (session, parsed, cancellationToken) => SendAsync(session, parsed.GetRequiredValue(path), cancellationToken),
            parsed => FileJobs.Require(options.Context, parsed.GetRequiredValue(path)));
        return command;
    }

    public static Command Receive(GlobalOptions options)
    {
        Argument<string> ticket = new("TICKET") { Description = "What p2p send printed." };
        Option<string?> output = new("--output", "-o") { Description = "Where to write it; default: the name it had, in this folder; a hidden one gets _ in front.", HelpName = "PATH" };
        Option<bool> force = new("--force", "-f") { Description = "Replace a file that is there, in one step when it is whole." };
        Command command = new("receive", "Get what a ticket offers, from a machine of the same network. Goes on where it ended.") { ticket, output, force };
        command.RunsOnNode(options, (session, parsed, cancellationToken) =>
            ReceiveAsync(session, Parse(parsed.GetRequiredValue(ticket)), (parsed.GetValue(output), parsed.GetValue(force)), cancellationToken));
        return command;
    }

    private static async Task<int> SendAsync(Session session, string path, CancellationToken cancellationToken)
    {
        (Cid cid, string name, long bytes) = await FileJobs.AddAsync(session, path, cancellationToken);
        string ticket = new FileTicket(cid, name, Reachable(session.Node.Addresses)).ToString();
        string next = $"p2p get {cid} -o {FileJobs.Quote(name)}";
        JsonObject fields = new() { ["cid"] = cid.ToString(), ["name"] = name, ["bytes"] = bytes, ["ticket"] = ticket, ["next"] = next };
        session.Output.Fact("file.offered", fields, $"{name}  {Sizes.Of(bytes)}  {cid}");
        session.Output.Say($"On the other machine:   {next}");
        session.Output.Say($"  or, without mDNS:     p2p receive {ticket}");
        if (session.IsAttached)
        {
            return ExitCode.Ok;
        }

        session.Output.Say("offering it until Ctrl-C");
        try
        {
            await session.WithinAsync(
                session.Timeout ?? Timeout.InfiniteTimeSpan, token => Task.Delay(Timeout.InfiniteTimeSpan, Core.Runtime.SystemTime.Provider, token), cancellationToken);
        }
        catch (OperationCanceledException)
        {
            session.Output.Say("stopped; it stays in the store: p2p up offers it again");
        }

        return ExitCode.Ok;
    }

    private static async Task<int> ReceiveAsync(Session session, FileTicket ticket, (string? Path, bool Replace) to, CancellationToken cancellationToken)
    {
        foreach (Multiaddr address in ticket.Addresses.Where(a => a.PeerId != session.Node.PeerId))
        {
            try
            {
                if (await session.WithinAsync(s_dial, token => session.Node.Peers.ConnectAsync(address, token), cancellationToken, $"{address} to answer"))
                {
                    break;
                }

                session.Output.Say($"{address} did not answer in {s_dial.TotalSeconds:0} s");
            }
            catch (P2PException error) when (error.IsOfNetwork)
            {
                session.Output.Say($"{address}: {error.Message}");
            }
        }

        if (to.Path is null && ticket.VisibleName != ticket.Name)
        {
            session.Output.Say($"it is called {FileJobs.Quote(ticket.Name)}; writing {ticket.VisibleName} (-o takes another name)");
        }

        try
        {
            return await FileJobs.GetAsync(session, new CidPath(ticket.Cid, string.Empty), (to.Path ?? ticket.VisibleName, to.Replace), cancellationToken);
        }
        catch (P2PException error) when (error.Error is NodeError.NoPeers or NodeError.ContentUnavailable)
        {
            session.Output.Say("if the sender was started again in another place or at another port, its old ticket leads nowhere: ask for the new one, what arrived is kept");
            throw;
        }
    }

    private static FileTicket Parse(string text)
    {
        if (FileTicket.TryParse(text, out FileTicket? ticket, out bool isNewer))
        {
            return ticket!;
        }

        throw isNewer
            ? new CliException(CliError.TicketNewer, "This ticket was made by a newer program. Use one as new as the sender's.")
            : new CliException(CliError.TicketInvalid, "This is not a whole ticket of p2p send: it begins with p2pfile, has no spaces inside, and the name in it is a file name.");
    }

    // Loopback means something on this machine only; it is named when there is nothing else.
    private static Multiaddr[] Reachable(IReadOnlyList<Multiaddr> addresses) =>
        [.. addresses.OrderBy(static a => a.TryGetTcp(out IPEndPoint? at) && IPAddress.IsLoopback(at!.Address)).Take(FileTicket.AddressesMax)];
}
