using System.Diagnostics;

namespace P2P.Node.Documents;

/// <summary>Edits that are in the text and wait to become an event. Same owner as the text.</summary>
/// <param name="options">When they become one.</param>
/// <param name="time">For their age.</param>
internal sealed class TextBatch(TextOptions options, TimeProvider time)
{
    private readonly List<TextEdit> _edits = [];
    private long _since;
    private long _characters;

    public int Count => _edits.Count;

    /// <summary>Whether they are enough for an event.</summary>
    public bool IsLong => _characters >= options.CharactersCut;

    /// <summary>Trace of the first of them that has one.</summary>
    public Activity? Cause => _edits.Find(static e => e.Cause is not null)?.Cause;

    /// <summary>Whether they are enough for an event, or old enough.</summary>
    public bool IsDue => IsLong || Age >= options.AgeCut;

    private TimeSpan Age => time.GetElapsedTime(_since);

    public void Add(TextEdit edit)
    {
        if (_edits.Count == 0)
        {
            _since = time.GetTimestamp();
        }

        _edits.Add(edit);
        _characters += edit.Characters;
    }

    /// <summary>Hands them out and begins anew.</summary>
    public List<TextEdit> Take()
    {
        List<TextEdit> taken = [.. _edits];
        _edits.Clear();
        _characters = 0;
        return taken;
    }

    /// <summary>Until something arrives or the edits are old enough to be cut.</summary>
    /// <returns>Whether nothing arrived in the time after which typing is cut.</returns>
    public async Task<bool> WaitAsync(Task nextChange, Task nextEdit)
    {
        if (Count == 0)
        {
            await Task.WhenAny(nextChange, nextEdit);
            return false;
        }

        TimeSpan left = options.AgeCut - Age;
        TimeSpan wait = left < options.IdleCut ? left : options.IdleCut;
        if (wait <= TimeSpan.Zero)
        {
            return true;
        }

        using CancellationTokenSource woken = new();
        Task silence = Task.Delay(wait, time, woken.Token);
        Task first = await Task.WhenAny(nextChange, nextEdit, silence);
        woken.Cancel();
        return first == silence;
    }
}
