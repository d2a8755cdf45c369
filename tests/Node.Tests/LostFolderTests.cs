using P2P.Node.Documents;
using P2P.Node.Logs;

namespace P2P.Node.Tests;

/// <summary>The data folder is deleted under a running node. Spec: durability, section 1: what is acknowledged is there after a restart.</summary>
public sealed class LostFolderTests
{
    [Fact]
    public async Task What_is_written_after_the_folder_is_gone_is_refused_by_name_and_what_is_open_can_be_read()
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("p2p-lost-");
        await using P2PNode node = await TestNodes.StartAsync(folder.FullName);
        TextDocument notes = await node.Documents.OpenAsync("notes", TestNodes.Watchdog());
        IReplicatedLog<string> log = await node.Logs.OpenAsync("log", TestNodes.Watchdog());
        await notes.AppendAsync("kept\n", TestNodes.Watchdog());
        await log.AppendAsync("kept", TestNodes.Watchdog());

        string gone = folder.FullName + ".gone";
        Directory.Move(folder.FullName, gone); // first all at once: what the node writes meanwhile would keep the folder from being empty
        Directory.Delete(gone, recursive: true);

        Assert.Equal(NodeError.StoreLost, await ErrorOfAsync(() => notes.AppendAsync("late\n", TestNodes.Watchdog())));
        Assert.Equal(NodeError.StoreLost, await ErrorOfAsync(() => log.AppendAsync("late", TestNodes.Watchdog())));
        Assert.Equal(NodeError.StoreLost, await ErrorOfAsync(() => log.AppendAsync("late", TestNodes.Watchdog())));
        Assert.Equal(NodeError.StoreLost, await ErrorOfAsync(() => node.Documents.OpenAsync("new", TestNodes.Watchdog())));
        Assert.StartsWith("kept\n", notes.Text, StringComparison.Ordinal);
        Assert.Equal("kept", Assert.Single(await log.ReadAsync(TestNodes.Watchdog())).Item);
        Assert.Equal("docs/errors/P2P5006.md", new P2PException(NodeError.StoreLost, string.Empty).HelpLink);
    }

    private static async Task<NodeError> ErrorOfAsync(Func<Task> call) => (await Assert.ThrowsAsync<P2PException>(call)).Error;
}
