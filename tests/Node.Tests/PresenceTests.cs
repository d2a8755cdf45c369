using P2P.Core.Multiformats;
using P2P.Crdt.Events;
using P2P.Crdt.Presence;
using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>Carets of others in a shared text, from node to node.</summary>
public sealed class PresenceTests
{
    [Fact]
    public async Task A_caret_and_a_selection_of_another_node_stay_with_their_text()
    {
        await using P2PNode one = await TestNodes.StartAsync();
        await using P2PNode two = await TestNodes.StartAsync(null, [.. one.Addresses]);
        TextDocument here = await one.Documents.OpenAsync("notes");
        TextDocument there = await two.Documents.OpenAsync("notes");
        await here.AppendAsync("hello world\n");
        await TestNodes.UntilAsync(there, static t => t == "hello world\n");

        await here.Presence.ShowAsync("ada", 0xff8800);
        await there.Presence.ShowAsync(string.Empty, 0x0000ff);
        await there.Presence.MoveAsync(caret: 11, anchor: 6); // "world" is selected

        RemotePresence seen = (await WatchUntilAsync(here, static o => o is [{ Caret: 11 }])).Others[0];
        Assert.Equal(new RemotePresence(two.PeerId, two.Name, 0x0000ff, 11, 6), seen);

        await here.InsertAsync(0, "well, ");
        PresenceView moved = await WatchUntilAsync(here, static o => o is [{ Caret: 17, Anchor: 12 }]);
        Assert.Equal("world", moved.Text[12..17]);

        RemotePresence ada = (await WatchUntilAsync(there, static o => o.Count == 1)).Others[0];
        Assert.Equal(new RemotePresence(one.PeerId, "ada", 0xff8800, null, null), ada);
    }

    [Fact]
    public async Task Typing_shows_up_with_its_caret_and_is_not_cut_for_it()
    {
        P2POptions options = TestNodes.Options();
        options = options with { Text = options.Text with { IdleCut = TimeSpan.FromHours(1), AgeCut = TimeSpan.FromHours(1) } };
        await using P2PNode one = await P2PNode.StartAsync(options);
        await using P2PNode two = await TestNodes.StartAsync(null, [.. one.Addresses]);
        TextDocument here = await one.Documents.OpenAsync("notes");
        TextDocument there = await two.Documents.OpenAsync("notes");
        await here.Presence.ShowAsync("ada", 1);
        Task typed = here.InsertAsync(0, "abc");
        await here.Presence.MoveAsync(3);
        await there.Presence.GetAsync();
        RemotePresence ada = (await WatchUntilAsync(there, static o => o.Count == 1)).Others[0];
        Assert.Null(ada.Caret);
        Assert.False(typed.IsCompleted); // asking where the caret is made no event

        await here.FlushAsync();
        await typed;
        PresenceView view = await WatchUntilAsync(there, static o => o is [{ Caret: 3 }]);
        Assert.Equal("abc", view.Text.Text);
    }

    [Fact]
    public async Task Three_nodes_and_one_that_leaves_takes_its_caret_along()
    {
        await using P2PNode one = await TestNodes.StartAsync();
        await using P2PNode two = await TestNodes.StartAsync(null, [.. one.Addresses]);
        await using P2PNode three = await TestNodes.StartAsync(null, [.. one.Addresses]);
        TextDocument[] all = [await one.Documents.OpenAsync("d"), await two.Documents.OpenAsync("d"), await three.Documents.OpenAsync("d")];
        for (int i = 0; i < 3; i++)
        {
            await all[i].Presence.ShowAsync($"n{i}", (uint)i);
            await all[i].Presence.MoveAsync(0);
        }

        await WatchUntilAsync(all[2], static o => o is [{ Caret: 0 }, { Caret: 0 }]);
        await WatchUntilAsync(all[0], static o => o is [{ Caret: 0 }, { Caret: 0 }]);
        await all[1].Presence.LeaveAsync();
        PresenceView left = await WatchUntilAsync(all[2], static o => o.Count(static p => p.Caret is null) == 1);
        Assert.Equal("n1", left.Others.Single(static p => p.Caret is null).Name);
        Assert.All(all, static d => Assert.Equal(0, d.Presence.Refused(PresenceRefusal.Schema)));
    }

    [Fact]
    public async Task What_could_not_be_sent_or_is_outside_the_text_is_refused_before()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("ab");
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => notes.Presence.MoveAsync(3));
        await Assert.ThrowsAsync<ArgumentException>(() => notes.Presence.ShowAsync("a\nb", 0));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => notes.Presence.ShowAsync("a", 0x1000000));
        Assert.Empty((await notes.Presence.GetAsync()).Others);
    }

    [Fact]
    public async Task Places_of_others_that_name_nothing_here_are_no_caret()
    {
        await using P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        await notes.AppendAsync("ab");
        Cid typed = notes.Snapshot.Heads[0];
        Cid other = (await notes.WriteAsync(new EventDraft { Type = "note" })).Cid;
        List<int?> found = [];
        await notes.EditAsync(
            new TextEdit
            {
                AsIs = true,
                Ask = (sequence, _) => found.AddRange(new PresencePlace?[]
                {
                    new PresencePlace(typed, 0), new PresencePlace(typed, 1), new PresencePlace(notes.Id, 0), new PresencePlace(notes.Id, 99),
                    new PresencePlace(typed, 2), new PresencePlace(typed, uint.MaxValue), new PresencePlace(other, 0),
                    new PresencePlace(Cid.ForDagCbor([1]), 0), null,
                }.Select(place => TextPresence.Resolve(sequence, place))),
            },
            CancellationToken.None);
        Assert.Equal([1, 2, 0, 0, null, null, null, null, null], found);
    }

    [Fact]
    public async Task When_the_node_stops_watching_ends_and_calls_fail_by_name()
    {
        P2PNode node = await TestNodes.StartAsync();
        TextDocument notes = await node.Documents.OpenAsync("notes");
        List<PresenceView> views = [];
        TaskCompletionSource first = new();
        Task watching = Task.Factory.StartNew(
            async () =>
            {
                await foreach (PresenceView view in notes.Presence.WatchAsync(TestNodes.Watchdog()))
                {
                    views.Add(view);
                    first.TrySetResult();
                }
            },
            TestNodes.Watchdog(), TaskCreationOptions.None, TaskScheduler.Default).Unwrap();
        await first.Task;
        await node.DisposeAsync();
        await watching;
        Assert.Single(views);
        P2PException stopped = await Assert.ThrowsAsync<P2PException>(() => notes.Presence.ShowAsync("ada", 0));
        Assert.Equal(NodeError.Stopped, stopped.Error);
    }

    private static async Task<PresenceView> WatchUntilAsync(TextDocument document, Func<IReadOnlyList<RemotePresence>, bool> condition)
    {
        await foreach (PresenceView view in document.Presence.WatchAsync(TestNodes.Watchdog()))
        {
            if (condition(view.Others))
            {
                return view;
            }
        }

        throw new InvalidOperationException("The stream ended.");
    }
}
