-- Statements that put up to 200 rows into each table of the current database, whatever its columns are; to be run with
-- --force in a session without checks, as some would break a rule of the application's.
SET SESSION group_concat_max_len = 1000000;
SELECT 'SET sql_mode = '''', foreign_key_checks = 0, check_constraint_checks = 0, time_zone = ''+00:00'';';
SELECT CONCAT('INSERT IGNORE INTO `', REPLACE(TABLE_NAME, '`', '``'), '` (', GROUP_CONCAT('`', REPLACE(COLUMN_NAME, '`', '``'), '`'
	ORDER BY ORDINAL_POSITION), ') SELECT ', GROUP_CONCAT(IF(IS_NULLABLE = 'YES', 'IF(seq % 5 = 0, NULL, ', '('), CASE
	WHEN DATA_TYPE = 'tinyint' THEN 'seq % 128'
	WHEN DATA_TYPE IN ('smallint', 'mediumint') THEN 'seq * 151'
	WHEN DATA_TYPE IN ('int', 'bigint') THEN 'seq * 10000019'
	WHEN DATA_TYPE IN ('decimal', 'float', 'double') THEN 'seq / 7'
	WHEN DATA_TYPE = 'bit' THEN 'seq % 2'
	WHEN DATA_TYPE IN ('enum', 'set') THEN 'seq % 2 + 1'
	WHEN DATA_TYPE IN ('date', 'datetime', 'timestamp') THEN '''2020-01-01'' + INTERVAL seq * 1000003 SECOND'
	WHEN DATA_TYPE = 'time' THEN 'SEC_TO_TIME(seq * 61)'
	WHEN DATA_TYPE = 'year' THEN '2000 + seq % 100'
	WHEN DATA_TYPE IN ('binary', 'varbinary', 'tinyblob', 'blob', 'mediumblob', 'longblob')
		THEN CONCAT('LEFT(UNHEX(SHA2(seq, 512)), ', LEAST(CHARACTER_MAXIMUM_LENGTH, 1000), ')')
	WHEN DATA_TYPE IN ('char', 'varchar', 'tinytext', 'text', 'mediumtext', 'longtext')
		THEN CONCAT('LEFT(CONCAT(MD5(seq), ''\\tZoë\\\\N\\n'', seq), ', LEAST(CHARACTER_MAXIMUM_LENGTH, 1000), ')')
	WHEN DATA_TYPE = 'uuid' THEN 'UUID()'
	WHEN DATA_TYPE IN ('inet4', 'inet6') THEN 'INET_NTOA(seq * 65537)'
	ELSE 'POINT(seq, seq / 3)' END, ')' ORDER BY ORDINAL_POSITION), ' FROM seq_1_to_200;')
FROM information_schema.COLUMNS JOIN information_schema.TABLES USING (TABLE_SCHEMA, TABLE_NAME)
WHERE TABLE_SCHEMA = DATABASE() AND TABLE_TYPE = 'BASE TABLE' AND IS_GENERATED = 'NEVER' GROUP BY TABLE_NAME;
