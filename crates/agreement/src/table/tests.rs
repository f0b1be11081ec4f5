use super::*;

fn read(text: &str) -> Result<Table, Error> {
    Table::parse(text.as_bytes(), Some(&Scale::range(1, 5).unwrap()))
}

#[test]
fn columns_in_any_order_with_others_between_are_read() {
    let table = read("note,value,rater,item\nx,4,b,u1\ny,5,a,u1\n,,a,u2\n").unwrap();
    assert_eq!(table.dimensions.len(), 1);
    let dimension = &table.dimensions[0];
    assert_eq!(dimension.raters, ["a", "b"]);
    assert_eq!(dimension.ratings.pattern(0), [(0, 4), (1, 3)]);
    assert_eq!((table.items(), table.item(1)), (2, "u2".to_owned()));
    assert_eq!(dimension.ratings.class_of(1), None);
}

#[test]
fn dimensions_keep_their_order_and_lines_do_not_matter() {
    let a = read("item,rater,dimension,value\n1,x,tone,1\n1,y,tone,2\n1,x,fact,3\n2,x,tone,5\n").unwrap();
    let b = read("item,rater,dimension,value\n2,x,tone,5\n1,y,tone,2\n1,x,fact,3\n1,x,tone,1\n").unwrap();
    let names: Vec<&str> = a.dimensions.iter().map(|d| d.name.as_str()).collect();
    assert_eq!(names, ["tone", "fact"]);
    for (a, b) in a.dimensions.iter().zip(&b.dimensions) {
        assert!(a.ratings.patterns().eq(b.ratings.patterns()));
    }
}

#[test]
fn quotes_windows_line_ends_blank_lines_and_a_byte_order_mark_are_understood() {
    let text = "\u{feff}Item,Rater,Value\r\n\"a, \"\"b\"\"\",r,4\r\n\r\n \"c\nd\" , r , \"5\" \r\n";
    let table = read(text).unwrap();
    assert_eq!(table.item(0), "a, \"b\"");
    assert_eq!(table.item(1), "c\nd");
    assert_eq!(table.dimensions[0].ratings.units(), 2);
}

#[test]
fn a_value_off_the_scale_is_an_error_that_names_its_line() {
    let error = read("item,rater,value\n1,a,4\n\n1,b,7\n").unwrap_err();
    assert_eq!((error.code(), error.line(), error.field()), ("value_outside_scale", Some(4), Some("value")));
    assert_eq!(error.to_string(), "the value '7' is not on the scale 1-5");
    let error = read("item,rater,value\n1,a,4\n1,b,good\n").unwrap_err();
    assert_eq!((error.code(), error.line()), ("invalid_line", Some(3)));
}

#[test]
fn a_second_grade_is_an_error_that_names_both_lines() {
    let error = read("item,rater,value\n1,a,4\n1,b,4\n1,b,\n1,a,4\n").unwrap_err();
    assert_eq!(error.to_string(), "rater 'a' graded item '1' twice, on lines 2 and 5");
    let quoted = read("item,rater,value\n\"1\n\",a,4\n2,b,4\n2,b,5\n").unwrap_err();
    assert_eq!(quoted.to_string(), "rater 'b' graded item '2' twice, on lines 4 and 5");
    let mut many = String::from("item,rater,value\n");
    for rater in 0..200 {
        many.push_str(&format!("1,r{rater},3\n"));
    }
    many.push_str("1,r7,3\n");
    assert_eq!(read(&many).unwrap_err().line(), Some(202));
}

#[test]
fn the_same_rating_in_two_dimensions_is_no_duplicate() {
    assert!(read("item,rater,dimension,value\n1,a,x,4\n1,a,y,4\n").is_ok());
}

#[test]
fn a_table_without_a_column_or_with_a_short_line_says_so() {
    assert_eq!(read("").unwrap_err(), Error::MissingColumn("item".into()));
    assert_eq!(read("item,value\n").unwrap_err(), Error::MissingColumn("rater".into()));
    assert_eq!(read("item,rater,value\n1,a\n").unwrap_err().line(), Some(2));
    assert_eq!(read("item,rater,value\n1,,3\n").unwrap_err().field(), Some("rater"));
    assert_eq!(read("item,rater,value\n1,\"a,3\n").unwrap_err().line(), Some(2));
}

#[test]
fn a_table_without_lines_has_no_dimension() {
    assert!(read("item,rater,value\n").unwrap().dimensions.is_empty());
}

#[test]
fn without_a_declared_scale_the_levels_are_those_seen() {
    let text = b"item,rater,dimension,value\n1,a,x,2\n1,b,x,4.5\n1,a,y,\n";
    let table = Table::parse(text, None).unwrap();
    assert_eq!(table.dimensions[0].ratings.scale().values(), [2.0, 4.5]);
    assert!(!table.dimensions[0].scale_declared);
    assert_eq!(table.dimensions[1].ratings.units(), 0);
}

#[test]
fn a_table_read_in_parts_is_the_table_read_at_once() {
    let mut rows = Vec::new();
    for item in 0..40_000_u32 {
        for rater in 0..3_u32 {
            let value =
                if (item * 7 + rater) % 10 == 0 { String::new() } else { (1 + item * rater % 5).to_string() };
            rows.push(format!("sample-{item},rater {rater},{value}"));
        }
    }
    let by_item = format!("item,rater,value\n{}\n", rows.join("\n"));
    rows.sort_by_key(|row| (row.contains("rater 1"), row.len(), row.chars().rev().collect::<String>()));
    let shuffled = format!("item,rater,value\n{}", rows.join("\n"));
    assert!(by_item.len() > 1 << 20);
    let (a, b) = (read(&by_item).unwrap(), read(&shuffled).unwrap());
    assert_eq!((a.items(), b.items()), (40_000, 40_000));
    assert!(a.dimensions[0].ratings.patterns().eq(b.dimensions[0].ratings.patterns()));
    let late = format!("{by_item}sample-1,rater 0,9\n");
    assert_eq!(read(&late).unwrap_err().line(), Some(120_002));
}

/// What a table says, read by the simplest means: `(item, rater, dimension, value)` of each line with a value.
fn plain(text: &str) -> Vec<[String; 4]> {
    let mut rows: Vec<Vec<String>> = vec![vec![String::new()]];
    let mut inside = false;
    for letter in text.chars() {
        match letter {
            '"' => inside = !inside,
            ',' if !inside => rows.last_mut().unwrap().push(String::new()),
            '\n' if !inside => rows.push(vec![String::new()]),
            other => rows.last_mut().unwrap().last_mut().unwrap().push(other),
        }
    }
    let header: Vec<String> = rows[0].iter().map(|name| name.trim().to_owned()).collect();
    let column = |row: &[String], name: &str| {
        let place = header.iter().position(|there| there == name);
        place.map_or(String::new(), |place| row[place].trim_matches([' ', '\r']).to_owned())
    };
    let full = rows[1..].iter().filter(|row| row.len() == header.len());
    let said = |row: &Vec<String>| ["item", "rater", "dimension", "value"].map(|name| column(row, name));
    let mut said: Vec<[String; 4]> = full.map(said).filter(|said| !said[3].is_empty()).collect();
    said.sort();
    said
}

/// The same, of a table read here.
fn said(table: &Table) -> Vec<[String; 4]> {
    let mut said = Vec::new();
    for dimension in &table.dimensions {
        let ratings = &dimension.ratings;
        for item in 0..table.items() {
            for (rater, level) in ratings.class_of(item).map_or(&[][..], |class| ratings.pattern(class)) {
                let value = ratings.scale().value_of(*level).to_string();
                let rater = dimension.raters[*rater as usize].clone();
                said.push([table.item(item), rater, dimension.name.clone(), value]);
            }
        }
    }
    said.sort();
    said
}

#[derive(Debug, Clone, Copy)]
struct Style {
    /// 0 by item, 1 by rater, 2 scattered.
    order: u8,
    names: u8,
    columns: u8,
    quoted: u8,
    windows: bool,
    last_line_ends: bool,
}

fn styles() -> impl proptest::strategy::Strategy<Value = Style> {
    use proptest::prelude::*;
    (0_u8..3, 0_u8..4, 0_u8..3, 0_u8..4, any::<bool>(), any::<bool>()).prop_map(
        |(order, names, columns, quoted, windows, last_line_ends)| Style {
            order,
            names,
            columns,
            quoted,
            windows,
            last_line_ends,
        },
    )
}

fn written(style: Style, items: u32, raters: u32, seed: u32) -> String {
    let scramble = |n: u32| n.wrapping_add(seed).wrapping_mul(2_654_435_761);
    let quote = |text: String, often: u32| {
        let quoted = match style.quoted {
            0 => false,
            1 => true,
            2 => scramble(often) % 7 == 0,
            // Now and then a line's end within quotes.
            _ => return if scramble(often) % 5 == 0 { format!("\"{text}\n,{text}\"") } else { text },
        };
        if quoted { format!("\"{text}\"") } else { text }
    };
    let mut rows: Vec<(u32, String)> = Vec::new();
    for item in 0..items {
        let name = match style.names {
            0 => format!("item-{item:07}"),
            1 => item.to_string(),
            2 => format!("i{}", scramble(item)),
            _ => format!("{}{item}", "long ".repeat(item as usize % 9)),
        };
        for rater in 0..raters {
            let i = item * raters + rater;
            let value = if scramble(i) % 6 == 0 { String::new() } else { (1 + scramble(i) % 5).to_string() };
            let (name, who) = (quote(name.clone(), item), quote(format!("r{rater}"), raters + rater));
            let row = match style.columns {
                0 => format!("{name},{who},{value}"),
                1 => format!("{name},{who},tone,{value}"),
                _ => format!("{i},{value},{who},{name}"),
            };
            let place = match style.order {
                0 => i,
                1 => rater * items + item,
                _ => scramble(i * 31),
            };
            rows.push((place, row));
        }
    }
    rows.sort();
    let header = ["item,rater,value", "item,rater,dimension,value", "index,value,rater,item"];
    let lines: Vec<&str> =
        std::iter::once(header[usize::from(style.columns)]).chain(rows.iter().map(|row| &*row.1)).collect();
    let end = if style.windows { "\r\n" } else { "\n" };
    let text = lines.join(end);
    if style.last_line_ends { text + end } else { text }
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig::with_cases(300))]

    #[test]
    fn a_table_in_any_style_is_read_alike_in_any_number_of_parts_from_memory_and_from_a_file(
        style in styles(), items in 0_u32..40, raters in 1_u32..5, seed in 0_u32..1000,
    ) {
        let text = written(style, items, raters, seed);
        let expected = plain(&text);
        let file = std::env::temp_dir().join(format!("assay-table-{}-{style:?}.csv", std::process::id()));
        std::fs::write(&file, &text).unwrap();
        let scale = Scale::range(1, 5).unwrap();
        for source in [Source::Text(text.as_bytes()), Source::File(&file, text.len() as u64)] {
            let layout = scan::Layout::of(source).unwrap();
            for parts in [1, 2, 3, 7] {
                let parts = scan::scan_in(source, &layout, parts).unwrap();
                let table = Table::joined(source, &layout, parts, Some(&scale)).unwrap();
                proptest::prop_assert_eq!(said(&table), expected.clone());
            }
        }
        std::fs::remove_file(&file).unwrap();
    }
}

#[test]
fn errors_name_the_same_line_in_any_number_of_parts() {
    let scale = Scale::range(1, 5).unwrap();
    let mut lines: Vec<String> = (0..60).map(|i| format!("\"item\n{}\",r{},4", i / 3, i % 3)).collect();
    lines.insert(40, "\"item\n2\",r1,4".into());
    let twice = format!("item,rater,value\n{}\n", lines.join("\n"));
    lines[40] = "x,y,none".into();
    let unreadable = format!("item,rater,value\n{}\n", lines.join("\n"));
    lines[40] = "x,y,6".into();
    let off = format!("item,rater,value\n{}\n", lines.join("\n"));
    for text in [twice, unreadable, off] {
        let source = Source::Text(text.as_bytes());
        let layout = scan::Layout::of(source).unwrap();
        for parts in [1, 2, 3, 7, 20] {
            let table = scan::scan_in(source, &layout, parts)
                .and_then(|parts| Table::joined(source, &layout, parts, Some(&scale)));
            assert_eq!(table.unwrap_err().line(), Some(2 + 2 * 40), "in {parts} parts");
        }
    }
}

#[test]
fn many_tails_and_values_and_a_line_longer_than_a_block_are_read() {
    let mut text = String::from("item,rater,value,note\n");
    for i in 0..90_000 {
        text.push_str(&format!("{},{},{},{}\n", i / 3, i % 3, 1 + i % 5, i));
    }
    text.push_str(&format!("last,0,5,{}\n", "x".repeat(600_000)));
    let file = std::env::temp_dir().join(format!("assay-table-{}-long.csv", std::process::id()));
    std::fs::write(&file, &text).unwrap();
    let (a, b) = (read(&text).unwrap(), Table::read(&file, None).unwrap());
    std::fs::remove_file(&file).unwrap();
    assert_eq!((a.items(), b.items()), (30_001, 30_001));
    assert_eq!(b.item(30_000), "last");
    assert!(a.dimensions[0].ratings.patterns().eq(b.dimensions[0].ratings.patterns()));
}

#[test]
fn a_file_that_is_not_there_is_an_error_that_says_which() {
    let error = Table::read(Path::new("no/such/table.csv"), None).unwrap_err();
    assert_eq!(error.code(), "unreadable");
    assert!(error.to_string().contains("table.csv"));
}
