using Microsoft.Data.Sqlite;
using P2P.Core.Multiformats;
using P2P.Crdt.Replication;
using P2P.Node.Logs;

namespace P2P.Node.Tests;

/// <summary>A follower of a log goes on where it stopped, or is told that it cannot.</summary>
public sealed class LogCursorTests : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("p2p-cursor-").FullName;

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public async Task A_follower_whose_place_lies_behind_a_damaged_entry_is_told_to_start_again_and_misses_nothing()
    {
        string here = Path.Combine(_root, "here");
        string there = Path.Combine(_root, "there");
        Cid rotten = (await WriteAsync(here, 3))[0];
        await WriteAsync(there, 6); // by another author, who had not seen the first ones
        ChangeCursor place = default;
        await using (P2PNode node = await TestNodes.StartAsync(here))
        await using (P2PNode other = await TestNodes.StartAsync(there, [.. node.Addresses]))
        {
            await other.Logs.OpenAsync("audit", TestNodes.Watchdog());
            HashSet<Cid> seen = [];
            await foreach (LogChange<string> change in (await node.Logs.OpenAsync("audit", TestNodes.Watchdog())).Changes(cancellationToken: TestNodes.Watchdog()))
            {
                seen.Add(change.Event);
                place = seen.Count == 5 ? change.Cursor : place;
                if (seen.Count == 9)
                {
                    break;
                }
            }
        }

        using (SqliteConnection connection = new(new SqliteConnectionStringBuilder { DataSource = Path.Combine(here, "store.db"), Pooling = false }.ToString()))
        {
            connection.Open();
            using SqliteCommand rot = connection.CreateCommand();
            rot.CommandText = "UPDATE block SET bytes = CAST(x'00' || substr(bytes, 2) AS BLOB) WHERE cid = $cid";
            rot.Parameters.AddWithValue("$cid", rotten.Bytes.ToArray());
            Assert.Equal(1, rot.ExecuteNonQuery());
        }

        await using P2PNode again = await TestNodes.StartAsync(here);
        IReplicatedLog<string> log = await again.Logs.OpenAsync("audit", TestNodes.Watchdog());
        Assert.Equal(6, log.Status.ChangeCount); // as many as were followed and more: the count alone cannot tell
        P2PException refused = await Assert.ThrowsAsync<P2PException>(async () =>
        {
            await foreach (LogChange<string> _ in log.Changes(place, TestNodes.Watchdog()))
            {
                break;
            }
        });
        Assert.Equal(NodeError.CursorInvalid, refused.Error);
    }

    private static async Task<List<Cid>> WriteAsync(string data, int count)
    {
        await using P2PNode node = await TestNodes.StartAsync(data);
        IReplicatedLog<string> log = await node.Logs.OpenAsync("audit", TestNodes.Watchdog());
        List<Cid> written = [];
        for (int i = 0; i < count; i++)
        {
            written.Add((await log.AppendAsync($"entry {i}", TestNodes.Watchdog())).Event);
        }

        return written;
    }
}
