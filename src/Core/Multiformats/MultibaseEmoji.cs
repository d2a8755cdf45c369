using System.Collections.Frozen;
using System.Text;

namespace P2P.Core.Multiformats;

/// <summary>The emoji form: one code point per byte.</summary>
/// <remarks>Spec: multibase rfcs/Base256Emoji.</remarks>
internal static class MultibaseEmoji
{
    private const string Table =
        "🚀🪐☄🛰🌌🌑🌒🌓🌔🌕🌖🌗🌘🌍🌏🌎🐉☀💻🖥💾💿😂❤😍🤣😊🙏💕😭😘👍"
        + "😅👏😁🔥🥰💔💖💙😢🤔😆🙄💪😉☺👌🤗💜😔😎😇🌹🤦🎉💞✌✨🤷😱😌🌸🙌"
        + "😋💗💚😏💛🙂💓🤩😄😀🖤😃💯🙈👇🎶😒🤭❣😜💋👀😪😑💥🙋😞😩😡🤪👊🥳"
        + "😥🤤👉💃😳✋😚😝😴🌟😬🙃🍀🌷😻😓⭐✅🥺🌈😈🤘💦✔😣🏃💐☹🎊💘😠☝"
        + "😕🌺🎂🌻😐🖕💝🙊😹🗣💫💀👑🎵🤞😛🔴😤🌼😫⚽🤙☕🏆🤫👈😮🙆🍻🍃🐶💁"
        + "😲🌿🧡🎁⚡🌞🎈❌✊👋😰🤨😶🤝🚶💰🍓💢🤟🙁🚨💨🤬✈🎀🍺🤓😙💟🌱😖👶"
        + "🥴▶➡❓💎💸⬇😨🌚🦋😷🕺⚠🙅😟😵👎🤲🤠🤧📌🔵💅🧐🐾🍒😗🤑🌊🤯🐷☎"
        + "💧😯💆👆🎤🙇🍑❄🌴💣🐸💌📍🥀🤢👅💡💩👐📸👻🤐🤮🎼🥵🚩🍎🍊👼💍📣🥂";

    private static readonly Rune[] s_runes = [.. Table.EnumerateRunes()];
    private static readonly FrozenDictionary<int, byte> s_bytes =
        s_runes.Select(static (rune, i) => (rune, i)).ToFrozenDictionary(static p => p.rune.Value, static p => (byte)p.i);

    /// <summary>One emoji per byte.</summary>
    public static string Encode(ReadOnlySpan<byte> bytes)
    {
        StringBuilder text = new(bytes.Length * 2);
        foreach (byte b in bytes)
        {
            text.Append(s_runes[b].ToString());
        }

        return text.ToString();
    }

    /// <summary>Refuses unknown code points, broken surrogates, and results longer than <paramref name="bytesMax"/>.</summary>
    public static bool TryDecode(ReadOnlySpan<char> text, int bytesMax, out byte[] bytes)
    {
        bytes = [];
        if (text.Length > 2L * bytesMax)
        {
            return false;
        }

        byte[] result = new byte[text.Length];
        int count = 0;
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out Rune rune, out int used) != System.Buffers.OperationStatus.Done
                || !s_bytes.TryGetValue(rune.Value, out byte value))
            {
                return false;
            }

            result[count++] = value;
            text = text[used..];
        }

        if (count > bytesMax)
        {
            return false;
        }

        bytes = result[..count];
        return true;
    }
}
