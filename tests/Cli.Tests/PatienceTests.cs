using P2P.Testing;

namespace P2P.Cli.Tests;

/// <summary>No command is silent for more than two seconds.</summary>
public sealed class PatienceTests
{
    private readonly ManualTime _time = new();
    private readonly StringWriter _talk = new();
    private readonly TaskCompletionSource _work = new();

    [Fact]
    public async Task Quick_work_is_not_talked_about()
    {
        Task waiting = WaitAsync();
        _time.Advance(TimeSpan.FromSeconds(1.9));
        _work.SetResult();
        await waiting;
        Assert.Empty(_talk.ToString());
    }

    [Fact]
    public async Task After_two_seconds_it_is_said_what_is_waited_for_and_after_ten_where_to_look()
    {
        Task waiting = WaitAsync();
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("waiting for a peer …\n", _talk.ToString());
        _time.Advance(TimeSpan.FromSeconds(7.9));
        Assert.DoesNotContain("doctor", _talk.ToString(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(0.1));
        Assert.Contains("p2p doctor", _talk.ToString(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.EndsWith("still waiting for a peer (20 s)\n", _talk.ToString(), StringComparison.Ordinal);
        _time.Advance(TimeSpan.FromSeconds(20));
        Assert.EndsWith("(30 s)\nstill waiting for a peer (40 s)\n", _talk.ToString(), StringComparison.Ordinal);
        Assert.False(waiting.IsCompleted);
        _work.SetResult();
        await waiting;
        Assert.Null(_time.NextDue);
    }

    [Fact]
    public async Task Work_that_never_awaits_is_talked_about_too()
    {
        SynchronizationContext.SetSynchronizationContext(null);
        using ManualResetEventSlim isOver = new();
        Task<int> waiting = new Patience(new Output(json: false, _time, TextWriter.Null, _talk), _time).WhileAsync(
            () => Task.FromResult(isOver.Wait(TimeSpan.FromSeconds(20)) ? 5 : 1), "a sum");
        _time.Advance(TimeSpan.FromSeconds(2));
        Assert.Equal("waiting for a sum …\n", _talk.ToString());
        _time.Advance(TimeSpan.FromSeconds(8));
        Assert.EndsWith("still waiting for a sum (10 s)\n", _talk.ToString(), StringComparison.Ordinal); // no doctor helps
        isOver.Set();
        Assert.Equal(5, await waiting);
    }

    [Fact]
    public async Task Work_that_fails_fails_the_wait()
    {
        Task waiting = WaitAsync();
        _work.SetException(new IOException("x"));
        await Assert.ThrowsAsync<IOException>(() => waiting);
    }

    [Fact]
    public void What_others_wrote_cannot_command_the_terminal()
    {
        Assert.Equal("␛[2J␇ ok", Printable.Line("\u001b[2J\u0007 ok"));
        Assert.Equal("a␊b", Printable.Line("a\nb"));
        Assert.Equal("a\nb\tc\ufffd", Printable.Text("a\nb\tc\u202e"));
        Assert.Same("plain ü😀", Printable.Line("plain ü😀"));
    }

    private Task WaitAsync()
    {
        SynchronizationContext.SetSynchronizationContext(null); // what the clock sets off runs inside Advance
        return new Patience(new Output(json: false, _time, TextWriter.Null, _talk), _time).WhileAsync(_work.Task, "a peer");
    }
}
