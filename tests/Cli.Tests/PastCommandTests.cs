using System.Text.Json;

namespace P2P.Cli.Tests;

/// <summary><c>p2p doc history|diff|ticket</c>, <c>p2p clock compare|svg</c> and <c>p2p log</c> over one data folder.</summary>
public sealed class PastCommandTests : IDisposable
{
    private readonly string _data = Directory.CreateTempSubdirectory("p2p-past-").FullName;

    public void Dispose() => Directory.Delete(_data, recursive: true);

    [Fact]
    public async Task A_document_tells_how_it_came_to_be()
    {
        await RunAsync(0, "doc", "append", "notes", "one");
        await RunAsync(0, "doc", "append", "notes", "two");
        string[] events = [.. Lines(await RunAsync(0, "doc", "history", "notes")).Select(static l => l.GetProperty("event").GetString()!)];
        Assert.Equal(2, events.Length);

        JsonElement diff = Lines(await RunAsync(0, "doc", "diff", "notes", events[0][^8..])).Single();
        JsonElement splice = diff.GetProperty("splices").EnumerateArray().Single();
        Assert.Equal((4, 0, "two\n"), (splice.GetProperty("offset").GetInt32(), splice.GetProperty("removed").GetInt32(), splice.GetProperty("inserted").GetString()));

        Assert.Equal("before", Lines(await RunAsync(0, "clock", "compare", "notes", events[0], events[1])).Single().GetProperty("order").GetString());
        await RunAsync(3, "clock", "compare", "notes", events[0], "bafynowhere");
        Assert.StartsWith("p2pdoc", Lines(await RunAsync(0, "doc", "ticket", "notes")).Single().GetProperty("ticket").GetString(), StringComparison.Ordinal);
        string svg = Lines(await RunAsync(0, "clock", "svg", "notes")).Single().GetProperty("picture").GetString()!;
        Assert.Equal(2, System.Xml.Linq.XDocument.Parse(svg).Descendants().Count(static e => e.Name.LocalName == "ellipse"));
    }

    [Fact]
    public async Task A_log_is_appended_to_read_and_verified()
    {
        await RunAsync(0, "log", "append", "audit", "opened");
        await RunAsync(0, "log", "append", "audit", "closed");

        Assert.Equal(["opened", "closed"], Lines(await RunAsync(0, "log", "tail", "audit")).Select(static l => l.GetProperty("text").GetString()));
        Assert.Equal(["opened", "closed"], Lines(await RunAsync(0, "log", "cat", "audit")).Select(static l => l.GetProperty("text").GetString()));
        Assert.Equal(["closed"], Lines(await RunAsync(0, "log", "tail", "audit", "--lines", "1")).Select(static l => l.GetProperty("text").GetString()));
        JsonElement report = Lines(await RunAsync(0, "log", "verify", "audit")).Single();
        Assert.Equal((2, 2, true), (report.GetProperty("events").GetInt32(), report.GetProperty("signed").GetInt32(), report.GetProperty("sound").GetBoolean()));
    }

    private static IEnumerable<JsonElement> Lines(string output) =>
        output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static l => JsonDocument.Parse(l).RootElement);

    private async Task<string> RunAsync(int expected, params string[] arguments)
    {
        (int exit, string output, string errors) = await CommandLine.RunAsync(
            [.. arguments, "--json", "--data", _data, "--interface", "lo", "--no-mdns", "--timeout", "200ms"]);
        Assert.True(exit == expected, $"{string.Join(' ', arguments)} ended with {exit}: {output}{errors}");
        return output;
    }
}
