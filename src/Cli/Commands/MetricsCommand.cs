using System.CommandLine;
using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Node.Telemetry;

namespace P2P.Cli.Commands;

/// <summary><c>p2p metrics</c>: the running node's series as Prometheus scrapes them. Starts none: counters of a node that has just begun would mislead.</summary>
internal static class MetricsCommand
{
    public static Command Create(GlobalOptions options)
    {
        Command command = new("metrics", "Print the running node's metrics as Prometheus text, one object a series with --json. Starts no node.");
        command.AsksNode(options, static (session, _, _) => Task.FromResult(Print(session)), (parsed, _) => Task.FromResult(NoNode.Say(options, parsed)));
        return command;
    }

    private static int Print(Session session)
    {
        if (!session.Output.Json)
        {
            using StringWriter text = new(CultureInfo.InvariantCulture);
            session.Host.Metrics.WriteTo(text);
            session.Output.Raw(text.ToString());
            return ExitCode.Ok;
        }

        foreach (MetricValue value in session.Host.Metrics.Read())
        {
            JsonObject fields = new()
            {
                ["name"] = value.Name,
                ["labels"] = value.Labels,
                ["kind"] = value.Kind.ToString().ToLowerInvariant(),
                ["value"] = double.IsFinite(value.Value) ? value.Value : null, // JSON has no infinity
                ["count"] = value.Count,
            };
            session.Output.Fact("metric", fields, null);
        }

        return ExitCode.Ok;
    }
}
