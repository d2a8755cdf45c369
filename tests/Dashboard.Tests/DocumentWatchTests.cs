using System.Globalization;
using System.Text.Json.Nodes;
using P2P.Dashboard.Feed;
using P2P.Node;
using P2P.Node.Documents;

namespace P2P.Dashboard.Tests;

/// <summary>What the log says of documents.</summary>
public sealed class DocumentWatchTests
{
    private readonly List<string> _noted = [];

    [Fact]
    public async Task A_document_that_closes_between_two_looks_does_not_silence_the_others()
    {
        await using P2PNode node = await DashboardUnderTest.StartNodeAsync([]);
        TextDocument first = await node.Documents.OpenAsync("first", DashboardUnderTest.Watchdog());
        TextDocument second = await node.Documents.OpenAsync("second", DashboardUnderTest.Watchdog());
        DocumentWatch watch = new(Note);
        await watch.LookAsync([first, second], DashboardUnderTest.Watchdog());
        Assert.Equal(["opened first 0", "opened second 0"], Taken());

        await first.AppendAsync("one\n");
        await second.AppendAsync("two\n");
        await node.Documents.LeaveAsync(first.Id, DashboardUnderTest.Watchdog());
        Assert.Equal(1, first.Status.AppliedCount); // there is something to say of it, and nobody to ask
        await watch.LookAsync([first, second], DashboardUnderTest.Watchdog());
        Assert.Equal(["event second"], Taken());

        await second.AppendAsync("three\n");
        first = await node.Documents.OpenAsync("first", DashboardUnderTest.Watchdog());
        await watch.LookAsync([second], DashboardUnderTest.Watchdog());
        await watch.LookAsync([first, second], DashboardUnderTest.Watchdog());
        Assert.Equal(["event second", "opened first 1"], Taken()); // opened anew
    }

    [Fact]
    public async Task Of_many_events_the_newest_are_told_and_the_number_of_the_others()
    {
        await using P2PNode node = await DashboardUnderTest.StartNodeAsync([]);
        TextDocument notes = await node.Documents.OpenAsync("notes", DashboardUnderTest.Watchdog());
        DocumentWatch watch = new(Note);
        await watch.LookAsync([notes], DashboardUnderTest.Watchdog());
        for (int i = 0; i < 25; i++)
        {
            await notes.AppendAsync("line\n");
            await notes.FlushAsync();
        }

        Assert.Equal(25, notes.Status.AppliedCount);
        await watch.LookAsync([notes], DashboardUnderTest.Watchdog());
        Assert.Equal(["opened notes 0", "events notes 5", .. Enumerable.Repeat("event notes", 20)], Taken());
        await watch.LookAsync([notes], DashboardUnderTest.Watchdog());
        Assert.Empty(Taken());
    }

    private void Note(string type, JsonObject fields) =>
        _noted.Add(string.Create(CultureInfo.InvariantCulture, $"{type} {fields["name"]} {fields["events"] ?? fields["count"]}").TrimEnd());

    private string[] Taken()
    {
        string[] taken = [.. _noted];
        _noted.Clear();
        return taken;
    }
}
