using P2P.Cli.Files;
using P2P.Node.Files;

namespace P2P.Cli.Tests;

/// <summary>What is said while a file is on its way; the clock is the test's.</summary>
public sealed class TransferTalkTests
{
    private static readonly FileProgress s_half = new(50 << 20, 100 << 20, 50, 0, 2);

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);

    [Fact]
    public void Silence_is_explained_after_two_seconds_and_helped_after_ten()
    {
        TransferTalk talk = new("bafy…", isTerminal: false);
        Assert.Equal((null, null), talk.Look(null, 0, At(1.9)));
        Assert.Equal("waiting for bafy… for 2 s: 0 peers connected, 0 of them have it", talk.Look(null, 0, At(2)).Said);
        Assert.Null(talk.Look(null, 0, At(5)).Said);
        Assert.Contains("p2p doctor", talk.Look(null, 1, At(12)).Said, StringComparison.Ordinal);
        Assert.DoesNotContain("p2p doctor", talk.Look(null, 1, At(22)).Said, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_added_here_waits_for_nobody_elses()
    {
        TransferTalk talk = new("standard input", isTerminal: false) { IsFromPeers = false };
        Assert.Equal("waiting for standard input for 2 s", talk.Look(null, 3, At(2)).Said);
        Assert.Equal("waiting for standard input for 13 s", talk.Look(null, 3, At(13)).Said);
    }

    [Fact]
    public void What_arrives_ends_the_silence()
    {
        TransferTalk talk = new("bafy…", isTerminal: false);
        Assert.NotNull(talk.Look(null, 0, At(2)).Said);
        Assert.Equal((null, null), talk.Look(s_half, 2, At(3)));
        Assert.Null(talk.Look(s_half, 2, At(4.9)).Said);
        Assert.Contains("2 of them have it", talk.Look(s_half, 2, At(5)).Said, StringComparison.Ordinal);
        Assert.Null(talk.Look(s_half with { Bytes = 51 << 20 }, 2, At(5.5)).Said);
    }

    [Fact]
    public void Only_a_terminal_sees_progress()
    {
        TransferTalk talk = new("bafy…", isTerminal: true);
        Assert.Null(talk.Look(null, 0, At(0.2)).Drawn);
        Assert.Null(new TransferTalk("bafy…", isTerminal: false).Look(s_half, 2, At(1)).Drawn);
        talk.Look(s_half with { Bytes = 0 }, 2, At(1));
        Assert.Equal("   50 %  50 MiB of 100 MiB  25 MiB/s  from 2 peers", talk.Look(s_half, 2, At(3)).Drawn);
        Assert.Equal("  50 MiB  25 MiB/s  from 1 peer", talk.Look(s_half with { TotalBytes = null, Peers = 1, BlocksFetched = 51 }, 2, At(3)).Drawn);
    }
}
