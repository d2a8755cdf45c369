using System.Globalization;
using P2P.Node.Files;

namespace P2P.Cli.Files;

/// <summary>
/// What is said while bytes are on their way: progress for a terminal, and for everybody what is waited for when nothing has come for two seconds.
/// No clock: told the time.
/// </summary>
/// <param name="what">What is on its way.</param>
/// <param name="isTerminal">Whether a line may be drawn over.</param>
internal sealed class TransferTalk(string what, bool isTerminal)
{
    /// <summary>Whether it comes from peers: else nobody but this machine is waited for.</summary>
    public bool IsFromPeers { get; init; } = true;

    private static readonly TimeSpan s_silence = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_repeat = TimeSpan.FromSeconds(10);

    private FileProgress? _last;
    private long _firstBytes = -1;
    private TimeSpan _startedAt;
    private TimeSpan _changedAt;
    private TimeSpan _saidAt = TimeSpan.MinValue;
    private bool _hinted;

    /// <summary>What is to be written now: a line for a terminal that replaces the one before, or one that stays; null for nothing.</summary>
    /// <param name="progress">The latest there is.</param>
    /// <param name="peers">Peers connected.</param>
    /// <param name="now">Since the start.</param>
    public (string? Drawn, string? Said) Look(FileProgress? progress, int peers, TimeSpan now)
    {
        if (progress is not null && (_last is null || progress.Bytes != _last.Bytes || progress.BlocksFetched != _last.BlocksFetched))
        {
            if (_firstBytes < 0)
            {
                (_firstBytes, _startedAt) = (progress.Bytes, now);
            }

            (_changedAt, _last, _hinted, _saidAt) = (now, progress, false, TimeSpan.MinValue);
        }

        TimeSpan silent = now - _changedAt;
        string? said = null;
        if (silent >= s_silence && (_saidAt == TimeSpan.MinValue || now - _saidAt >= s_repeat))
        {
            _saidAt = now;
            string who = IsFromPeers ? string.Create(CultureInfo.InvariantCulture, $": {peers} peers connected, {progress?.Peers ?? 0} of them have it") : string.Empty;
            said = string.Create(CultureInfo.InvariantCulture, $"waiting for {what} for {silent.TotalSeconds:0} s{who}");
            if (IsFromPeers && silent >= s_repeat && !_hinted)
            {
                _hinted = true;
                said += "\n  p2p peers shows who is there, p2p doctor finds out why nobody is; Ctrl-C keeps what arrived";
            }
        }

        return (isTerminal && _last is not null ? Draw(_last, now) : null, said);
    }

    private string Draw(FileProgress at, TimeSpan now)
    {
        double seconds = (now - _startedAt).TotalSeconds;
        string rate = seconds > 0.5 ? $"  {Sizes.Of((long)((at.Bytes - _firstBytes) / seconds))}/s" : string.Empty;
        string of = at.TotalBytes is long total and > 0
            ? string.Create(CultureInfo.InvariantCulture, $"{100.0 * at.Bytes / total,3:0} %  {Sizes.Of(at.Bytes)} of {Sizes.Of(total)}")
            : Sizes.Of(at.Bytes);
        return $"  {of}{rate}{(at.Peers > 0 ? $"  from {at.Peers} peer{(at.Peers == 1 ? string.Empty : "s")}" : string.Empty)}";
    }
}
