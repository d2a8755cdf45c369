using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using Mono.Cecil;
using P2P.ApiReference;
using P2P.TestSupport;

namespace P2P.Architecture;

/// <summary>
/// <c>docs/options</c> is what the option records say. After a change run <c>P2P_OPTIONS=update dotnet test tests/Architecture --filter OptionPagesTests</c>
/// and commit the pages.
/// </summary>
public sealed partial class OptionPagesTests : IDisposable
{
    private readonly ApiModel _model = ApiModel.Load(AppContext.BaseDirectory);

    private static string Folder => Path.Combine(Require.Root, "docs", "options");

    [Fact]
    public void The_pages_of_options_are_what_the_option_records_say()
    {
        (string Name, string Text)[] pages = [.. new OptionPages(_model).Write()];
        if (Environment.GetEnvironmentVariable("P2P_OPTIONS") == "update")
        {
            Directory.CreateDirectory(Folder);
            Array.ForEach(pages, static p => File.WriteAllText(Path.Combine(Folder, p.Name), p.Text));
        }

        Assert.Equal(pages.Select(static p => p.Name).Order(StringComparer.Ordinal), Directory.EnumerateFiles(Folder).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        Assert.All(pages, static p => Assert.True(
            File.ReadAllText(Path.Combine(Folder, p.Name)) == p.Text, $"docs/options/{p.Name} is old: P2P_OPTIONS=update dotnet test tests/Architecture --filter OptionPagesTests"));
    }

    [Fact]
    public void Every_option_record_is_on_a_page()
    {
        string all = string.Concat(new OptionPages(_model).Write().Select(static p => p.Text));

        Assert.All(OptionPages.Records(_model), record => Assert.Contains($"\n## {record.Name}\n", all, StringComparison.Ordinal));
    }

    /// <summary>What a page says of a default is written by hand in the comment: it is compared with a fresh record.</summary>
    [Fact]
    public void The_default_that_an_option_states_is_the_one_it_has()
    {
        List<string> wrong = [];
        int compared = 0;
        foreach (TypeDefinition record in OptionPages.Records(_model))
        {
            Type type = Assembly.Load(record.Module.Assembly.Name.Name).GetType(record.FullName, throwOnError: true)!;
            if (OptionPages.Options(record).Any(static o => o.CustomAttributes.Any(static a => a.AttributeType.Name == "RequiredMemberAttribute")) || type.GetConstructor(Type.EmptyTypes) is null)
            {
                continue;
            }

            object fresh = Activator.CreateInstance(type)!;
            foreach (PropertyDefinition option in OptionPages.Options(record))
            {
                Match stated = Stated().Match(Blanks().Replace(_model.Find(option)?.Element("summary")?.Value ?? string.Empty, " "));
                if (type.GetProperty(option.Name)!.GetValue(fresh) is IConvertible or TimeSpan && stated.Success)
                {
                    compared++;
                    double has = type.GetProperty(option.Name)!.GetValue(fresh) is TimeSpan time ? time.TotalSeconds : Convert.ToDouble(type.GetProperty(option.Name)!.GetValue(fresh), CultureInfo.InvariantCulture);
                    double says = double.Parse(stated.Groups[1].Value.Replace(",", string.Empty, StringComparison.Ordinal), CultureInfo.InvariantCulture) * Unit(stated.Groups[2].Value);
                    if (Math.Abs(has - says) > 1e-9)
                    {
                        wrong.Add($"{record.Name}.{option.Name} says '{stated.Value}' and has {has}");
                    }
                }
            }
        }

        Assert.Empty(wrong);
        Assert.InRange(compared, 150, int.MaxValue);
    }

    public void Dispose() => _model.Dispose();

    private static double Unit(string unit) => unit switch
    {
        "KiB" => 1 << 10,
        "MiB" => 1 << 20,
        "GiB" => 1 << 30,
        "TiB" => 1L << 40,
        "ms" => 0.001,
        "min" or "minutes" or "minute" => 60,
        "h" or "hours" or "hour" => 3600,
        _ => 1,
    };

    [GeneratedRegex(@"[Dd]efault (-?[\d,]*\.?\d+)(?: (KiB|MiB|GiB|TiB|ms|minutes|minute|min|hours|hour|h|s)\b)?")]
    private static partial Regex Stated();

    [GeneratedRegex(@"\s+")]
    private static partial Regex Blanks();
}
