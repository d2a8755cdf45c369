using System.Text.RegularExpressions;
using P2P.ApiReference;

namespace P2P.Architecture;

/// <summary>`build/ApiReference` writes a page for every namespace; nothing public is missing and no link points nowhere.</summary>
public sealed partial class ApiReferenceTests : IDisposable
{
    private readonly ApiModel _model = ApiModel.Load(AppContext.BaseDirectory);

    [Fact]
    public void Every_public_type_of_every_library_has_an_entry()
    {
        string index = new ReferencePages(_model).Write().Single(static p => p.Name == "index.md").Text;

        string[] libraries = [.. Product.AssemblyNames.Where(static n => n is not "P2P.Cli")];
        Assert.All(libraries, library => Assert.Contains(_model.Types.Values, t => t.Module.Assembly.Name.Name == library));
        Assert.All(_model.Types.Values, type => Assert.Contains($"[{type.Name.Split('`')[0]}", index, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_public_type_says_what_it_is_for()
    {
        Assert.All(_model.Types.Values, type => Assert.True(_model.Find(type)?.Element("summary") is not null, type.FullName));
    }

    [Fact]
    public void Every_exception_of_a_layer_is_named_where_errors_are_explained()
    {
        string page = File.ReadAllText(Path.Combine(TestSupport.Require.Root, "docs", "start-developer.md"));

        Assert.All(_model.Types.Values.Where(static t => t.Name.EndsWith("Exception", StringComparison.Ordinal)), type => Assert.Contains($"`{type.Name}`", page, StringComparison.Ordinal));
    }

    [Fact]
    public void Every_link_has_its_target()
    {
        Dictionary<string, string> pages = new ReferencePages(_model).Write().ToDictionary(static p => p.Name, static p => p.Text);

        Assert.All(pages.Values.SelectMany(static text => Links().Matches(text)), link =>
        {
            string page = link.Groups[1].Value;
            Assert.True(pages.ContainsKey(page), $"no page {page}");
            Assert.True(link.Groups[2].Length == 0 || pages[page].Contains($"<a id=\"{link.Groups[2].Value}\"></a>", StringComparison.Ordinal), link.Value);
        });
    }

    public void Dispose() => _model.Dispose();

    [GeneratedRegex(@"\]\((P2P[\w.]*\.md)#?([^)]*)\)")]
    private static partial Regex Links();
}
