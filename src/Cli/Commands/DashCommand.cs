using System.CommandLine;
using System.Text.Json.Nodes;

namespace P2P.Cli.Commands;

/// <summary><c>p2p dash</c>: the link of the running node's dashboard, token included. Starts none.</summary>
internal static class DashCommand
{
    public static Command Create(GlobalOptions options)
    {
        Command command = new("dash", "Print the link of the running node's dashboard. Its token is in it: whoever has the link may look. Starts no node.");
        command.AsksNode(options, static (session, _, _) => Task.FromResult(Print(session)), (parsed, _) => Task.FromResult(NoNode.Say(options, parsed)));
        return command;
    }

    private static int Print(Session session)
    {
        if (session.Host.DashboardLink?.ToString() is not string link)
        {
            session.Output.Error(
                "no-dashboard",
                $"`p2p {session.Host.Verb}` runs without a dashboard.",
                session.Host.Verb == "up" ? "End it and start `p2p up` without --no-dashboard." : "It has the data folder until it has done its work: wait for its end, then start `p2p up`.");
            return ExitCode.NotFound;
        }

        session.Output.Fact("dashboard", new JsonObject { ["url"] = link }, link);
        return ExitCode.Ok;
    }
}
