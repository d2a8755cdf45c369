using P2P.Node.Documents;

namespace P2P.Node.Tests;

/// <summary>Both ways to end a node.</summary>
public sealed class DisposeTests
{
    [Fact]
    public async Task A_using_block_on_the_thread_of_a_user_interface_ends_the_node()
    {
        TaskCompletionSource<TextDocument> ended = new(TaskCreationOptions.RunContinuationsAsynchronously);
        Thread interfaceThread = new(() =>
        {
            try
            {
                SynchronizationContext.SetSynchronizationContext(new NoContext());
                TextDocument notes;
                using (P2PNode node = TestNodes.StartAsync().GetAwaiter().GetResult())
                {
                    notes = node.Documents.OpenAsync("notes").GetAwaiter().GetResult();
                    notes.AppendAsync("one\n").GetAwaiter().GetResult();
                }

                ended.SetResult(notes);
            }
            catch (Exception error)
            {
                ended.SetException(error);
            }
        });
        interfaceThread.IsBackground = true; // or a wait that never ends would keep this process
        interfaceThread.Start();

        TextDocument left = await ended.Task.WaitAsync(TestSupport.Watchdog.Limit);
        Assert.Equal("one\n", left.Text);
        Assert.Equal(NodeError.Stopped, (await Assert.ThrowsAsync<P2PException>(() => left.AppendAsync("late\n"))).Error);
    }

    [Fact]
    public async Task Whoever_disposes_second_waits_for_the_same_end()
    {
        string data = Directory.CreateTempSubdirectory("p2p-dispose-").FullName;
        try
        {
            P2PNode node = await TestNodes.StartAsync(data);
            Task first = node.DisposeAsync().AsTask();
            node.Dispose();
            Assert.True(first.IsCompletedSuccessfully);
            await using P2PNode again = await TestNodes.StartAsync(data); // the folder is free
        }
        finally
        {
            Directory.Delete(data, recursive: true);
        }
    }

    /// <summary>A user interface's context whose thread is busy: what is posted never runs.</summary>
    private sealed class NoContext : SynchronizationContext
    {
        public override void Post(SendOrPostCallback d, object? state)
        {
            // nobody is there to run it
        }
    }
}
