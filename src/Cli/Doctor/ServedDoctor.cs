using System.Text.Json;
using P2P.Dashboard;

namespace P2P.Cli.Doctor;

/// <summary><c>p2p doctor</c> for the dashboard of a running node: the same verb, run as if a command had asked for it.</summary>
internal static class ServedDoctor
{
    public static async Task<IReadOnlyList<DashboardCheck>> RunAsync(NodeHost host, CancellationToken cancellationToken)
    {
        await using StringWriter lines = new();
        CommandContext context = new()
        {
            Arguments = ["doctor", "--json", "--data", host.Directory],
            Directory = host.Directory,
            Out = lines,
            Errors = TextWriter.Null,
            OpenInput = static () => Stream.Null,
            OpenOutput = static () => Stream.Null,
            EditAsync = static (_, _) => Task.FromResult(ExitCode.Failed),
            FlushAsync = static _ => Task.CompletedTask,
            Host = host,
        };
        await CommandTree.RunAsync(context, cancellationToken);
        return [.. lines.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(Read).OfType<DashboardCheck>()];
    }

    private static DashboardCheck? Read(string line)
    {
        using JsonDocument json = JsonDocument.Parse(line);
        JsonElement fact = json.RootElement;
        return fact.GetProperty("type").GetString() != "check" ? null
            : new DashboardCheck(TextOf(fact, "name")!, TextOf(fact, "verdict")!, TextOf(fact, "message")!, TextOf(fact, "next"));
    }

    private static string? TextOf(JsonElement fact, string name) => fact.TryGetProperty(name, out JsonElement value) ? value.GetString() : null;
}
